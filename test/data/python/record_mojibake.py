"""
Records what ftfy 6.3 makes of broken and of good text: golden/mojibake.json. Its fix_encoding, with the encodings tried that llmpipe
repairs, Latin-1 and Windows-1252.

    python test/data/python/record_mojibake.py > test/data/golden/mojibake.json
"""

import json
import sys

import ftfy
from ftfy import chardata

chardata.CHARMAP_ENCODINGS[:] = ["latin-1", "sloppy-windows-1252"]

good = [
    "Plain ASCII, nothing to see.",
    "Le cœur a ses raisons que la raison ne connaît point. Voilà l'été, à la mode.",
    "Schöne Grüße aus Köln! Straße, Übermut, Äpfel — „so ist es“.",
    "¿Qué pasa, señor? ¡Mañana será otro día! Está aquí.",
    "São Paulo não é a capital; às vezes, àquele lugar, coração, ação.",
    "Zażółć gęślą jaźń. Łódź, Kraków.",
    "Příliš žluťoučký kůň úpěl ďábelské ódy.",
    "Pijamalı hasta yağız şoföre çabucak güvendi. İstanbul.",
    "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία.",
    "Съешь же ещё этих мягких французских булок, да выпей чаю.",
    "نص حكيم له سر قاطع وذو شأن عظيم",
    "עטלף אבק נס דרך מזגן שהתפוצץ",
    "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा",
    "我能吞下玻璃而不伤身体。",
    "いろはにほへと ちりぬるを、カタカナ。",
    "키스의 고유조건은 입술끼리 만나야 하고",
    "It’s “quoted” text – with dashes — and an ellipsis… 100 € or £5, ™ and ©.",
    "Emoji: 😀 👩‍👩‍👧 🇩🇪 ❤️ 👍🏽",
    "½ of 20 °C ± 3 × 4 ≠ ∞ √2 ≈ 1.41 µm",
    "naïve façade, résumé, Ångström, smörgåsbord, Þórshöfn, æøå",
    "L’énigme d’Œdipe: hors-d’œuvre à 20 % de réduction — Ça alors !",
]
tricky = [
    "HÃ¤agen", "Ã la carte", "voilÃ le travail", "fÃ cil", "Ã© et Ã¨ et Ãª", "Â© 2020 Â® â„¢", "cafÃ© au lait and a café",
    "â€œquotedâ€\x9d text", "â€œ like this â€� too", "Itâ€™s mixed: it’s fine, itâ€™s not.", "x Ã y", "Â ", " Ã\xa0 ", "l’Â« avis Â»",
    "ESPAÃ‘A", "PÃ‰REZ", "Ã…ngstrÃ¶m", "1Â½ cups", "20Â°C", "20Â Â°C", "Â£5", "â‚¬5", "ï»¿bom", "Ã\x83Â©", "Ã?", "Ã�", "â��", "ðŸ˜€",
    "ðŸ˜", "Ã¢â‚¬â„¢", "Ãƒâ€šÃ‚Â©", "MÃ¼nchen, Köln", "A\x80B \x93quoted\x94 it\x92s", "\x85", "café\x85", "ÂµTorrent", "Â§ 5 Abs. 1", "AÃ§aÃ­",
    "Ã‡ay", "gÃ¼n", "NÂº 5", "RÂ² = 0.9", "Ã— and Ã·", "Ø§Ù„Ø¹Ø±Ø¨ÙŠØ©", "Ð¿Ñ€Ð¸Ð²ÐµÑ‚", "ä½ å¥½", "ã\x81‚ã\x81„", "å", "Å", "Â", "Ã", "é", "à ²", "×²",
    "The letter Â is a word", "Å ok", "à la", "Â¿QuÃ©?", "A © B", "(c) Ã¢", "œuvre", "Œ", "sœur", "trÃ¨s bien Ã  Paris", "à Paris", "Ã  Paris", "Ã€",
    "Ã\x81rbol", "doesnâ\x80\x99t", "don\x92t", "â€“ â€” â€¢ â€¦", "SÃ£o Paulo â€” Brasil", "S\u00e3o", "fianc\xe9e\x92s", "™ ® ©", "¯\\_(ツ)_/¯", "( ͡° ͜ʖ ͡°)",
    "°Ã°", "Ã°", "RenÃ© Descartes â€˜cogitoâ€™", "100â€¯000", "Ã\xadndice", "cÃ³digo fuente", "IÃ±tÃ«rnÃ¢tiÃ´nÃ lizÃ¦tiÃ¸n", "Iñtërnâtiônàlizætiøn",
    "ÃÂÃ", "Ø\xa0Ø", "ï¿½", "\ufffd", "a\x1ab Ã©", "pÃ¢tÃ©\nline two â€“ fine\n", "Good line: é.\nBad line: Ã©.\n", "Ã©" * 3 + " é", "àŸ˜", "â\x80", "â€",
]


def broken():
    yield from good
    yield from tricky
    for text in good:
        for encoding in ("latin-1", "sloppy-windows-1252"):
            once = text.encode().decode(encoding)
            yield once
            yield once.encode().decode(encoding)
            yield f"Good é text, and {once} in it — “so”."
            yield once.replace("\xa0", " ")
        yield text.encode().decode("windows-1252", "replace")
        yield text.encode().decode("windows-1252", "replace")[:-1]


rows = []
for text in dict.fromkeys(broken()):
    rows.append([text, ftfy.fix_encoding(text)])
json.dump(rows, sys.stdout, indent=0, ensure_ascii=True)
