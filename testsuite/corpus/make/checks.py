"""Check digits and checksums, each by its published algorithm."""

import hashlib
import zlib

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
RIPPLE58 = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def weighted(digits, weights):
    """The sum of each digit times its weight."""
    return sum(int(d) * w for d, w in zip(digits, weights))


def luhn(body):
    """The Luhn digit that completes `body` (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def is_luhn(number):
    """Whether the last digit of `number` is its Luhn digit."""
    return luhn(number[:-1]) == number[-1]


def mod97(text):
    """`text` modulo 97, letters counted as 10 to 35 (ISO/IEC 7064)."""
    return int("".join(str(int(c, 36)) for c in text)) % 97


def mod11_10(body):
    """The digit of ISO/IEC 7064 MOD 11,10 that completes `body`."""
    product = 10
    for digit in body:
        product = (product + int(digit)) % 10 or 10
        product = product * 2 % 11
    return str((11 - product) % 10)


def mod11_2(body):
    """The digit (or X) of ISO/IEC 7064 MOD 11-2 that completes `body`."""
    product = 0
    for digit in body:
        product = (product + int(digit)) * 2 % 11
    return "0123456789X"[(12 - product) % 11]


def ean(body):
    """The check digit of a GS1 number (EAN-8, EAN-13, GTIN-14)."""
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(body)))
    return str(-total % 10)


def _dihedral(a, b):
    """The product of two elements of the dihedral group of order ten."""
    if a < 5:
        return (a + b) % 5 if b < 5 else 5 + (a + b - 5) % 5
    return 5 + (a - 5 - b) % 5 if b < 5 else (a - b) % 5


def verhoeff(body):
    """The digit of Verhoeff's scheme that completes `body`."""
    base = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
    table = [list(range(10))]
    for _ in range(7):
        table.append([table[-1][base[x]] for x in range(10)])
    check = 0
    for place, digit in enumerate(reversed(body), start=1):
        check = _dihedral(check, table[place % 8][int(digit)])
    return str(next(x for x in range(10) if _dihedral(check, x) == 0))


def crc32_base62(body, width):
    """CRC-32 of `body` in base 62, filled with zeroes from the left."""
    number, digits = zlib.crc32(body.encode()), ""
    while number:
        number, rest = divmod(number, 62)
        digits = BASE62[rest] + digits
    return digits.rjust(width, "0")


def base58(data, alphabet=BASE58):
    """Bytes in base 58, leading zero bytes kept."""
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = alphabet[rest] + text
    return alphabet[0] * (len(data) - len(data.lstrip(b"\0"))) + text


def base58check(payload, alphabet=BASE58):
    """Base 58 with the first four bytes of a double SHA-256 behind it."""
    digest = hashlib.sha256(hashlib.sha256(payload).digest()).digest()
    return base58(payload + digest[:4], alphabet)


def _polymod(values):
    generators = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate(generators):
            check ^= generator if top >> i & 1 else 0
    return check


def groups_of_5(data):
    """Bytes as five-bit numbers, the last one filled with zeroes."""
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    return [int(bits[i : i + 5], 2) for i in range(0, len(bits), 5)]


def bech32(prefix, values, constant):
    """Five-bit values in bech32 (constant 1) or bech32m (0x2bc830a3): BIP 173, BIP 350."""
    spread = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    rest = _polymod(spread + values + [0] * 6) ^ constant
    check = [rest >> 5 * (5 - i) & 31 for i in range(6)]
    return prefix + "1" + "".join(BECH32[v] for v in values + check)


def cashaddr(prefix, values):
    """Five-bit values as a Bitcoin Cash address, with its forty-bit checksum."""
    generators = (0x98F2BC8E61, 0x79B76D99E2, 0xF33E5FB3C4, 0xAE2EABE2A8, 0x1E4F43E470)
    check = 1
    for value in [ord(c) & 31 for c in prefix] + [0] + values + [0] * 8:
        top = check >> 35
        check = (check & 0x07FFFFFFFF) << 5 ^ value
        for i, generator in enumerate(generators):
            check ^= generator if top >> i & 1 else 0
    check ^= 1
    tail = [check >> 5 * (7 - i) & 31 for i in range(8)]
    return prefix + ":" + "".join(BECH32[v] for v in values + tail)


def crc16_xmodem(data):
    """CRC-16 with polynomial 0x1021, as Stellar's key encoding has it."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def _rotate(value, by):
    return (value << by | value >> (64 - by)) & (1 << 64) - 1 if by else value


def _keccak_f(lanes):
    rotation, state = 1, lanes
    for _ in range(24):
        column = [state[x][0] ^ state[x][1] ^ state[x][2] ^ state[x][3] ^ state[x][4] for x in range(5)]
        mix = [column[(x + 4) % 5] ^ _rotate(column[(x + 1) % 5], 1) for x in range(5)]
        state = [[state[x][y] ^ mix[x] for y in range(5)] for x in range(5)]
        x, y, current = 1, 0, state[1][0]
        for step in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            current, state[x][y] = state[x][y], _rotate(current, (step + 1) * (step + 2) // 2 % 64)
        for row in range(5):
            line = [state[column][row] for column in range(5)]
            for column in range(5):
                state[column][row] = line[column] ^ (~line[(column + 1) % 5] & line[(column + 2) % 5])
        for power in range(7):
            rotation = (rotation << 1 ^ (rotation >> 7) * 0x71) % 256
            if rotation & 2:
                state[0][0] ^= 1 << (1 << power) - 1
    return state


def keccak256(data):
    """Keccak-256 with the original padding, as Ethereum uses it (one block: at most 135 bytes)."""
    assert len(data) < 136
    block = bytearray(data) + bytearray(136 - len(data))
    block[len(data)] ^= 0x01
    block[135] ^= 0x80
    lanes = [[0] * 5 for _ in range(5)]
    for i in range(17):
        lanes[i % 5][i // 5] = int.from_bytes(block[8 * i : 8 * i + 8], "little")
    lanes = _keccak_f(lanes)
    return b"".join((lanes[i % 5][i // 5] & (1 << 64) - 1).to_bytes(8, "little") for i in range(4))


def eip55(address):
    """Forty hexadecimal digits with the mixed case that EIP-55 gives them."""
    digest = keccak256(address.encode()).hex()
    return "".join(c.upper() if int(digest[i], 16) >= 8 else c for i, c in enumerate(address))
