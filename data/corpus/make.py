"""Makes austen.txt.gz and tokenizer.json: the text and the tokenizer of the offline stand-in.

    apt-get download r-cran-janeaustenr && dpkg -x r-cran-janeaustenr_*.deb austen
    python data/corpus/make.py austen        (needs PyPI's tokenizers)

The package holds Jane Austen's six novels (public domain; packaged by Julia Silge under the MIT license) as
lines of an R database. Lines are joined to paragraphs, one a line; nothing else is changed.
The tokenizer is a byte-level BPE like GPT-NeoX's, trained on the same text.
"""
import gzip
import json
import pathlib
import struct
import sys
import zlib

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

VOCABULARY = 2048
here = pathlib.Path(__file__).parent


def strings(raw):
    """Character vectors of R's XDR serialization, version 3 (R Internals, section 1.8)."""
    at = 18 + struct.unpack(">I", raw[14:18])[0]
    kind, count = struct.unpack(">II", raw[at : at + 8])
    assert kind & 255 == 16, "not a character vector"
    at += 8
    for _ in range(count):
        (size,) = struct.unpack(">i", raw[at + 4 : at + 8])
        at += 8
        yield raw[at : at + max(size, 0)].decode("utf8")
        at += max(size, 0)


def paragraphs(lines):
    held = []
    for line in [*lines, ""]:
        if line.strip():
            held.append(line.strip())
        elif held:
            yield " ".join(held)
            held = []


def books(database):
    at = 0
    while at < len(database):
        stream = zlib.decompressobj()
        raw = stream.decompress(database[at + 4 :])
        at = len(database) - len(stream.unused_data)
        yield list(paragraphs(strings(raw)))


[database] = pathlib.Path(sys.argv[1]).glob("**/janeaustenr/data/Rdata.rdb")
text = "\n".join(line for book in books(database.read_bytes()) for line in book) + "\n"
(here / "austen.txt.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(
    vocab_size=VOCABULARY, special_tokens=["<|endoftext|>"],
    initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False,
)
tokenizer.train_from_iterator(text.splitlines(keepends=True), trainer)
(here / "tokenizer.json").write_text(json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False) + "\n")
ids = tokenizer.encode(text).ids
print(f"{len(text):,} characters, {len(ids):,} tokens of {tokenizer.get_vocab_size():,}")
