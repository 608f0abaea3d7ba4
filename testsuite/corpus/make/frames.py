"""Sentences with a hole: `{V}` is the value, `{L}` its label in the sentence's language, `{K}` the label as a key.

Everything else in braces is filled with text that no detector should find.
"""

PROSE = {
    "en": [
        "Hi, my {L} is {V}, can you check why order {order} was rejected?",
        "Hello team, please update the {L} on my account to {V}. Thanks, {name}",
        "{L}: {V}",
        "The customer gave {V} as {L} when we called on {day}.",
        "Here is the {L} you asked for: {V}.",
        "Can you confirm that {L} {V} is the one on file for {name}?",
        "Ticket {order}\nReporter: {name}\n{L}: {V}\nProblem: the form says \"invalid\" since release {version}.",
        "Summarise this for the case file: {name} called at {time}, stated {L} {V}, and asked for a refund of {amount}.",
        "user: I can't log in\nagent: could you share your {L}?\nuser: sure, {L} {V}",
        "I typed the {L} ({V}) twice and the page still shows error {num}.",
        "> please send us your {L}\n\n{V} - let me know if you need anything else, {name}",
        "Draft a polite reply. Context: {name} from {city} wrote that the {L} should be {V} and not what we have.",
        "Wrong {L} on the invoice! It must read {V}; the rest ({amount}, {order}) is fine.",
        "FYI {L} = {V} (verified by {name} at {time})",
    ],
    "de": [
        "Guten Tag, {L}: {V}. Bitte prüfen Sie die Bestellung {order}.",
        "Hallo, meine {L} lautet {V}, das Formular meldet trotzdem einen Fehler.",
        "Die Kundin {name} hat als {L} {V} angegeben.",
        "Bitte ändern Sie die {L} auf {V}. Mit freundlichen Grüßen, {name}",
        "Können Sie bestätigen, dass {L} {V} hinterlegt ist?",
        "Fasse zusammen: {name} aus {city}, {L} {V}, möchte {amount} zurück.",
    ],
    "fr": [
        "Bonjour, {L} : {V}. Merci de vérifier la commande {order}.",
        "Voici le {L} demandé : {V}",
        "Mon {L} est {V}, mais le formulaire affiche une erreur.",
        "Le client {name} a indiqué {V} comme {L}.",
        "Merci de remplacer le {L} par {V}. Cordialement, {name}",
        "Résume ce dossier : {name}, {city}, {L} {V}, remboursement de {amount}.",
    ],
    "es": [
        "Hola, mi {L} es {V} y el pedido {order} no aparece.",
        "{L}: {V}. Gracias, {name}",
        "El cliente {name} indicó {V} como {L}.",
        "¿Pueden confirmar que el {L} {V} está registrado?",
        "Resume: {name}, de {city}, con {L} {V}, pide la devolución de {amount}.",
    ],
    "it": [
        "Buongiorno, il mio {L} è {V}, potete controllare l'ordine {order}?",
        "{L}: {V}. Grazie, {name}",
        "Il cliente {name} ha indicato {V} come {L}.",
        "Vi invio il {L} richiesto: {V}",
        "Riassumi: {name} di {city}, {L} {V}, chiede un rimborso di {amount}.",
    ],
    "pl": [
        "Dzień dobry, mój {L} to {V}, proszę o sprawdzenie zamówienia {order}.",
        "{L}: {V}. Pozdrawiam, {name}",
        "Klient {name} podał {V} jako {L}.",
        "Proszę zmienić {L} na {V}.",
    ],
    "nl": [
        "Goedemiddag, mijn {L} is {V}, kunt u bestelling {order} nakijken?",
        "{L}: {V}. Met vriendelijke groet, {name}",
        "De klant {name} gaf {V} op als {L}.",
        "Klopt het dat {L} {V} bij u bekend is?",
    ],
    "pt": [
        "Bom dia, o meu {L} é {V}, podem verificar o pedido {order}?",
        "{L}: {V}. Obrigado, {name}",
        "O cliente {name} indicou {V} como {L}.",
        "Segue o {L} solicitado: {V}",
    ],
    "ja": ["お世話になっております。{L}は{V}です。", "{L}: {V}", "申請書の{L}（{V}）をご確認ください。"],
    "ko": ["안녕하세요, {L}는 {V} 입니다.", "{L}: {V}", "신청서의 {L} {V} 확인 부탁드립니다."],
    "zh": ["您好，我的{L}是{V}，请帮忙核实。", "{L}：{V}", "请把{L}改为 {V}，谢谢。"],
    # Languages with short forms alone, for the numbers of their countries.
    "xx": ["{L}: {V}", "{L} {V}", "{name}, {city}\n{L}: {V}", "{L} - {V} ({name})"],
}

# With a label as a key: records, logs and code.
RECORDS = [
    "{{\"id\": \"{order}\", \"{K}\": \"{V}\", \"status\": \"open\"}}",
    "{{\"name\":\"{name}\",\"{K}\":\"{V}\",\"city\":\"{city}\"}}",
    "customer:\n  name: {name}\n  {K}: {V}\n  since: {day}",
    "name;{K};city\n{name};{V};{city}",
    "{stamp} INFO  kyc: {K}={V} status=ok took={num}ms",
    "{K} = \"{V}\"  # taken from ticket {order}",
    "UPDATE customers SET {K} = '{V}' WHERE id = {num};",
    "| field | value |\n|---|---|\n| {L} | {V} |\n| city | {city} |",
]

# With no label: only for types that are recognised by their own form.
BARE = [
    "please use {V} from now on, thanks {name}",
    "{V}",
    "What is wrong with {V}? The page says \"invalid\" since release {version}.",
    "{{\"id\": \"{order}\", \"value\": \"{V}\"}}",
    "{name},{V},{city},{amount}",
    "{stamp} WARN  form rejected input '{V}' (attempt {small})",
    "Ok so it was \"{V}\", not the old one.",
    "- {name}: {V}\n- ticket: {order}",
    "assert clean(\"{V}\") is None",
    "({V})",
    "Translate to French: \"The reference {V} was sent at {time}.\"",
]

# Around secrets: how developers paste them.
SECRET = [
    "why does this fail with 401?\n\ncurl -H \"Authorization: Bearer {V}\" https://api.internal/v1/me",
    "{{\"env\": {{\"{S}\": \"{V}\"}}, \"replicas\": {small}}}",
    "export {S}={V}\nmake deploy",
    "client = Client(\"{V}\", timeout={small})",
    "services:\n  app:\n    environment:\n      {S}: {V}\n",
    "we leaked {V} in build {num}, please help me write the incident report",
    "[{stamp}] ERROR auth: token {V} rejected",
    "# .env\nDEBUG=false\n{S}={V}\n",
    "Is `{V}` still valid? {name} says it was rotated.",
    "git diff shows\n- token = \"{V}\"\n+ token = os.environ[\"{S}\"]",
    "const key = '{V}'; // TODO remove",
    "{V}",
]

# Sentences that speak of a label and hold no value.
WORDS = [
    "Where do I find my {L}?",
    "The {L} field is required, see page {small} of the manual.",
    "We changed how the {L} is validated in release {version}.",
    "Please never send your {L} by mail. Open ticket {order} instead.",
    "{L}: not provided",
    "{L}: n/a",
    "{{\"{K}\": null, \"status\": \"pending\"}}",
    "{{\"{K}\": \"<redacted>\", \"updated\": \"{day}\"}}",
    "def validate_{K}(value: str) -> bool:\n    return len(value) > {small}",
    "The column {K} is empty for {num} of {num} rows.",
    "ALTER TABLE customers ADD COLUMN {K} VARCHAR({small});",
    "Explain to a new colleague what a {L} is, in {small} sentences.",
]

# Sentences around a value that is nobody's: the label says so.
OTHER = [
    "Order {V} shipped on {day}.",
    "order no. {V}",
    "Invoice {V} over {amount} is due.",
    "Tracking number {V}, carrier says \"in transit\".",
    "SKU {V}, stock {small}, warehouse {city}",
    "{{\"order_id\": \"{V}\", \"total\": \"{amount}\"}}",
    "{stamp} DEBUG  job {V} finished in {num}ms",
    "case {V} was closed by {name}",
    "part number {V} fits model {version}",
    "request id {V}, please trace it",
    "SELECT * FROM events WHERE sequence = {V};",
    "order_id,qty,price\n{V},{small},{amount}",
]
