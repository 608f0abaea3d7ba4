"""Secrets, in the shapes that their issuers document. Every one is random; none was ever issued."""

import base64
import json

from . import checks
from .contact import uuid
from .pick import alnum, digits, hexes, text, until

URLSAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
LOWER = "abcdefghijklmnopqrstuvwxyz0123456789"
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def _safe(rng, count):
    """Text of an URL-safe alphabet that begins and ends with a letter or a digit."""
    return alnum(rng, 1) + text(rng, count - 2, URLSAFE) + alnum(rng, 1)


def _base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _json64(value):
    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def jwt(rng):
    """A JSON web token: two objects and a signature."""
    algorithm, size = rng.choice([("HS256", 32), ("RS256", 256), ("ES256", 64)])
    claims = {"sub": digits(rng, 8), "iat": 1_700_000_000 + rng.randrange(9_000_000), "scope": rng.choice(["read", "admin"])}
    return ".".join([_json64({"alg": algorithm, "typ": "JWT"}), _json64(claims), _base64url(rng.randbytes(size))])


def private_key(rng):
    """A private key in PEM, with line breaks as they are or escaped."""
    kind = rng.choice(["RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "DSA PRIVATE KEY",
                       "ENCRYPTED PRIVATE KEY", "PGP PRIVATE KEY BLOCK"])
    lines = [text(rng, 64, BASE64) for _ in range(rng.randrange(2, 6))] + [text(rng, rng.randrange(20, 60), BASE64) + "=="]
    if kind.startswith("PGP"):
        lines = [""] + lines + ["=" + text(rng, 4, BASE64)]
    return "\n".join([f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----"])


def github(rng):
    """A token of GitHub: classic ones end with six signs of checksum."""
    if rng.random() < 0.25:
        return "github_pat_" + alnum(rng, 22) + "_" + alnum(rng, 59)
    body = alnum(rng, 30)
    return rng.choice(["ghp_", "ghp_", "gho_", "ghu_", "ghs_"]) + body + checks.crc32_base62(body, 6)


def npm(rng):
    """A token of npm, which ends as GitHub's do."""
    body = alnum(rng, 30)
    return "npm_" + body + checks.crc32_base62(body, 6)


def grafana(rng):
    """A service account token of Grafana, which ends with a CRC-32."""
    import zlib

    body = "glsa_" + alnum(rng, 32)
    return f"{body}_{zlib.crc32(body.encode()):08x}"


def openai(rng):
    """A key of OpenAI: project, service account, or the older form."""
    mark = "T3BlbkFJ"
    return rng.choice([lambda: "sk-proj-" + _safe(rng, 74) + mark + _safe(rng, 74), lambda: "sk-" + alnum(rng, 20) + mark + alnum(rng, 20),
                       lambda: "sk-svcacct-" + _safe(rng, 74) + mark + _safe(rng, 74)])()


def pypi(rng):
    """A token of PyPI: a macaroon with the site's name in front."""
    return "pypi-AgEIcHlwaS5vcmc" + _safe(rng, rng.randrange(140, 170))


def aws_secret(rng):
    """A secret access key: forty signs of base 64, of mixed kinds."""
    return until(lambda: text(rng, 40, BASE64), lambda t: any(c.isdigit() for c in t) and t[0].isalnum() and t[-1].isalnum())


def password(rng):
    """A password that a person or a generator made up."""
    word = rng.choice(["Sunrise", "Falcon", "Blaubeere", "Harbour", "Mountain", "Tulipan", "Kestrel", "Granite"])
    return rng.choice([f"{word}{rng.randrange(10, 99)}!{alnum(rng, 3)}", f"{word}-{alnum(rng, 6)}-{digits(rng, 3)}",
                       until(lambda: alnum(rng, rng.randrange(12, 20)), _is_mixed), alnum(rng, 5) + rng.choice("#!%^*") + alnum(rng, 7) + digits(rng, 1)])


def _is_mixed(value):
    return any(c.isdigit() for c in value) and any(c.islower() for c in value) and any(c.isupper() for c in value)


def connection(rng):
    """A connection string with a user and a password in it."""
    word = until(lambda: alnum(rng, rng.randrange(10, 18)), _is_mixed)
    user = rng.choice(["app", "svc_orders", "admin", "reporting", "root"])
    host = rng.choice(["db-1.internal", "pg.prod.local", "10-0-3-7.db.local", "cache", "cluster0"])
    scheme, port, path = rng.choice([("postgres", 5432, "orders"), ("postgresql", 5432, "app"), ("mysql", 3306, "shop"),
                                     ("mongodb", 27017, "admin"), ("redis", 6379, "0"), ("amqp", 5672, "vhost"), ("rediss", 6380, "1")])
    return f"{scheme}://{user}:{word}@{host}:{port}/{path}"


def azure_storage(rng):
    """A connection string of Azure Storage."""
    account = text(rng, 9, "abcdefghijklmnopqrstuvwxyz")
    return f"DefaultEndpointsProtocol=https;AccountName={account};AccountKey={text(rng, 86, BASE64)}==;EndpointSuffix=core.windows.net"


def azure_client(rng):
    """A client secret of an application in Microsoft Entra."""
    return alnum(rng, 3) + rng.choice("78") + "Q~" + text(rng, 34, URLSAFE.replace("-", ""))


def atlassian(rng):
    """An API token of Atlassian."""
    return "ATATT3xFfGF0" + _safe(rng, 171) + "=" + text(rng, 8, "0123456789ABCDEF")


def age(rng):
    """A secret key of age: bech32 in capitals."""
    return checks.bech32("age-secret-key-", checks.groups_of_5(rng.randbytes(32)), 1).upper()


def discord(rng):
    """A token of a Discord bot: its number, the time, and a signature."""
    return base64.b64encode(("1" + digits(rng, 17)).encode()).decode().rstrip("=") + "." + "G" + alnum(rng, 5) + "." + _safe(rng, 38)


# Detector, and what makes a value of it. Each stands for one issuer's format.
SHAPES = {
    "aws_access_key": lambda r: r.choice(["AKIA", "AKIA", "ASIA"]) + text(r, 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    "github_token": github,
    "gitlab_token": lambda r: "glpat-" + _safe(r, 20),
    "slack_token": lambda r: r.choice([f"xoxb-{digits(r, 12)}-{digits(r, 13)}-{alnum(r, 24)}", f"xoxp-{digits(r, 12)}-{digits(r, 12)}-{digits(r, 13)}-{hexes(r, 32)}",
                                       f"xapp-1-A{text(r, 10, UPPER)}-{digits(r, 13)}-{hexes(r, 64)}"]),
    "slack_webhook": lambda r: f"https://hooks.slack.com/services/T{text(r, 10, UPPER)}/B{text(r, 10, UPPER)}/{alnum(r, 24)}",
    "stripe_key": lambda r: r.choice(["sk_live_", "rk_live_", "sk_live_51"]) + alnum(r, r.choice([24, 99])),
    "stripe_webhook_secret": lambda r: "whsec_" + alnum(r, 32),
    "openai_key": openai,
    "anthropic_key": lambda r: "sk-ant-api03-" + _safe(r, 93) + "AA",
    "google_api_key": lambda r: "AIza" + r.choice("Sy") + _safe(r, 34),
    "google_oauth_secret": lambda r: "GOCSPX-" + _safe(r, 28),
    "google_oauth_token": lambda r: "ya29." + _safe(r, 120),
    "azure_storage_key": azure_storage,
    "azure_client_secret": azure_client,
    "jwt": jwt,
    "npm_token": npm,
    "pypi_token": pypi,
    "rubygems_key": lambda r: "rubygems_" + hexes(r, 48),
    "cratesio_token": lambda r: "cio" + alnum(r, 32),
    "huggingface_token": lambda r: "hf_" + text(r, 34, BASE64.replace("+", "").replace("/", "")[:52]),
    "replicate_token": lambda r: "r8_" + alnum(r, 37),
    "groq_key": lambda r: "gsk_" + alnum(r, 52),
    "xai_key": lambda r: "xai-" + alnum(r, 80),
    "perplexity_key": lambda r: "pplx-" + alnum(r, 48),
    "openrouter_key": lambda r: "sk-or-v1-" + hexes(r, 64),
    "nvidia_key": lambda r: "nvapi-" + _safe(r, 64),
    "langsmith_key": lambda r: f"lsv2_pt_{hexes(r, 32)}_{hexes(r, 10)}",
    "sendgrid_key": lambda r: f"SG.{_safe(r, 22)}.{_safe(r, 43)}",
    "mailchimp_key": lambda r: f"{hexes(r, 32)}-us{r.randrange(1, 22)}",
    "mailgun_key": lambda r: "key-" + hexes(r, 32),
    "brevo_key": lambda r: f"xkeysib-{hexes(r, 64)}-{alnum(r, 16)}",
    "twilio_key": lambda r: "SK" + hexes(r, 32),
    "telegram_token": lambda r: f"{r.choice('123567')}{digits(r, 9)}:AA{_safe(r, 33)}",
    "discord_token": discord,
    "discord_webhook": lambda r: f"https://discord.com/api/webhooks/1{digits(r, 18)}/{_safe(r, 68)}",
    "shopify_token": lambda r: r.choice(["shpat_", "shpss_", "shpca_", "shppa_"]) + hexes(r, 32),
    "square_token": lambda r: r.choice(["sq0csp-" + _safe(r, 43), "EAAA" + _safe(r, 60)]),
    "razorpay_key": lambda r: "rzp_live_" + alnum(r, 14),
    "digitalocean_token": lambda r: "dop_v1_" + hexes(r, 64),
    "vault_token": lambda r: "hvs." + _safe(r, 92),
    "terraform_token": lambda r: f"{alnum(r, 14)}.atlasv1.{_safe(r, 67)}",
    "databricks_token": lambda r: "dapi" + hexes(r, 32),
    "doppler_token": lambda r: "dp.pt." + alnum(r, 43),
    "linear_key": lambda r: "lin_api_" + alnum(r, 40),
    "notion_token": lambda r: r.choice([f"ntn_{digits(r, 11)}{alnum(r, 35)}", "secret_" + alnum(r, 43)]),
    "airtable_token": lambda r: f"pat{alnum(r, 14)}.{hexes(r, 64)}",
    "atlassian_token": atlassian,
    "figma_token": lambda r: "figd_" + _safe(r, 40),
    "grafana_token": grafana,
    "newrelic_key": lambda r: "NRAK-" + text(r, 27, UPPER),
    "postman_key": lambda r: f"PMAK-{hexes(r, 24)}-{hexes(r, 34)}",
    "sonar_token": lambda r: r.choice(["sqp_", "squ_", "sqa_"]) + hexes(r, 40),
    "sentry_token": lambda r: "sntryu_" + hexes(r, 64),
    "supabase_key": lambda r: "sbp_" + hexes(r, 40),
    "pulumi_token": lambda r: "pul-" + hexes(r, 40),
    "planetscale_token": lambda r: r.choice(["pscale_tkn_", "pscale_pw_"]) + _safe(r, 43),
    "dynatrace_token": lambda r: f"dt0c01.{text(r, 24, UPPER)}.{text(r, 64, UPPER)}",
    "docker_token": lambda r: "dckr_pat_" + _safe(r, 27),
    "age_key": age,
    "tailscale_key": lambda r: f"tskey-auth-{alnum(r, 12)}CNTRL-{alnum(r, 32)}",
    "contentful_token": lambda r: "CFPAT-" + _safe(r, 43),
    "shippo_token": lambda r: "shippo_live_" + hexes(r, 40),
    "heroku_key": lambda r: "HRKU-" + uuid(r),
    "prefect_key": lambda r: "pnu_" + alnum(r, 36),
    "clojars_token": lambda r: "CLOJARS_" + hexes(r, 60),
    "typeform_token": lambda r: f"tfp_{alnum(r, 44)}_{alnum(r, 14)}",
    "alibaba_key": lambda r: "LTAI5t" + alnum(r, 18),
    "sourcegraph_token": lambda r: "sgp_" + hexes(r, 40),
    "adafruit_key": lambda r: "aio_" + alnum(r, 28),
    "easypost_key": lambda r: "EZAK" + alnum(r, 54),
}

# Formats that the detector of another of their issuer's formats is to find.
DETECTORS = {"slack_webhook": "slack_token", "stripe_webhook_secret": "stripe_key", "google_oauth_secret": "google_api_key"}

PLACEHOLDERS = """sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx;sk-...;sk-YOUR_API_KEY;sk-ant-...;sk-ant-xxxxxxxx;AKIAXXXXXXXXXXXXXXXX
AKIA****************;ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx;ghp_<your-token>;glpat-********************;xoxb-your-token;AIza...;sk_live_...
sk_live_************************;whsec_...;hf_***;npm_<token>;SG.<key>;$OPENAI_API_KEY;${STRIPE_SECRET_KEY};{{ secrets.GITHUB_TOKEN }}
process.env.OPENAI_API_KEY;os.environ["ANTHROPIC_API_KEY"];<REDACTED>;***REMOVED***;eyJ...;hvs.***;dapi***;pypi-...;xxxxx-xxxxx
glpat-<token>;shpat_***;dop_v1_***;ATATT...;lin_api_***;Bearer <token>;-----BEGIN PRIVATE KEY-----...;postgres://USER:PASSWORD@HOST/DB
postgres://user:${DB_PASSWORD}@db/app;mysql://<user>:<password>@localhost/db;postgres://localhost:5432/app;redis://cache:6379/0;mongodb://mongo:27017"""


def placeholder(rng):
    """What stands where a key would, and is none."""
    return rng.choice([p for line in PLACEHOLDERS.split("\n") for p in line.split(";")])


# Prefixes with too little behind them.
SHORT = ["ghp_", "glpat-", "xoxb-", "sk_live_", "AIza", "hf_", "npm_", "gsk_", "SG.", "dop_v1_", "dapi", "shpat_", "NRAK-", "PMAK-", "hvs.",
         "dckr_pat_", "lin_api_", "pypi-", "rubygems_", "sk-ant-api03-", "sk-proj-", "AKIA", "eyJ", "nvapi-", "xai-", "r8_", "sqp_", "figd_"]


def too_short(rng):
    """The prefix of a key, and three to six signs."""
    return rng.choice(SHORT) + text(rng, rng.randrange(3, 7), LOWER)


def unlike(rng):
    """Long tokens that are no secrets: digests, commits, identifiers."""
    return rng.choice([lambda: hexes(rng, 40), lambda: hexes(rng, 64), lambda: "sha256:" + hexes(rng, 64), lambda: uuid(rng),
                       lambda: "sha512-" + text(rng, 86, BASE64) + "==", lambda: hexes(rng, 12), lambda: "cus_" + alnum(rng, 14),
                       lambda: "pi_3" + alnum(rng, 23), lambda: "pk_live_" + alnum(rng, 24), lambda: "chatcmpl-" + alnum(rng, 29),
                       lambda: "req_" + hexes(rng, 24), lambda: "arn:aws:iam::" + digits(rng, 12) + ":role/deploy",
                       lambda: "i-0" + hexes(rng, 16), lambda: "ami-0" + hexes(rng, 16), lambda: "msg_01" + alnum(rng, 22),
                       lambda: "01" + text(rng, 24, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), lambda: "price_1" + alnum(rng, 23)])()


