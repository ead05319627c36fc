"""Runs one of the peers that are Python packages on a file of articles.

    peers.py NAME FILE PAIRS [PORT]

Prints one JSON object with `seconds` and `articles`, and writes the pairs found to the file PAIRS, as
line numbers. All peers use the same shingles (five lower-case words between white space), signatures of
128 values in 32 bands of 4, and a threshold of .7.
"""

import json
import sys
import time

PERMUTATIONS, BANDS, ROWS, THRESHOLD = 128, 32, 4, 0.7
# Over the network each insert is a call: a part of the articles is enough for a rate.
REDIS_INSERTS, REDIS_QUERIES = 3_000, 600


def texts(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)["text"]


def shingles(text):
    words = text.lower().split()
    return {" ".join(words[i : i + 5]) for i in range(len(words) - 4)}


def rensa(path):
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, num_bands=BANDS)
    kept, pairs = [], []
    for article, text in enumerate(texts(path)):
        signature = RMinHash(num_perm=PERMUTATIONS, seed=42)
        signature.update(list(shingles(text)))
        for other in index.query(signature):
            if kept[other].jaccard(signature) >= THRESHOLD:
                pairs.append((other, article))
        index.insert(article, signature)
        kept.append(signature)
    return len(kept), pairs


def gaoya(path):
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(
        hash_size=32,
        jaccard_threshold=THRESHOLD,
        num_bands=BANDS,
        band_size=ROWS,
        analyzer="word",
        lowercase=True,
        ngram_range=(5, 5),
        id_container="smallvec",
    )
    pairs, article = [], -1
    for article, text in enumerate(texts(path)):
        pairs.extend((other, article) for other in index.query(text))
        index.insert_document(article, text)
    return article + 1, pairs


def signed(text):
    from datasketch import MinHash

    signature = MinHash(num_perm=PERMUTATIONS)
    signature.update_batch([shingle.encode() for shingle in shingles(text)])
    return signature


def datasketch(path):
    from datasketch import MinHashLSH

    index = MinHashLSH(num_perm=PERMUTATIONS, params=(BANDS, ROWS))
    kept, pairs = [], []
    for article, text in enumerate(texts(path)):
        signature = signed(text)
        for other in index.query(signature):
            if kept[other].jaccard(signature) >= THRESHOLD:
                pairs.append((other, article))
        index.insert(article, signature)
        kept.append(signature)
    return len(kept), pairs


def datasketch_on_redis(path, port):
    """Measures inserts and queries a second, without the time for signatures."""
    from itertools import islice

    from datasketch import MinHashLSH

    redis = {"type": "redis", "redis": {"host": "127.0.0.1", "port": int(port)}}
    index = MinHashLSH(num_perm=PERMUTATIONS, params=(BANDS, ROWS), storage_config=redis)
    signatures = [signed(text) for text in islice(texts(path), REDIS_INSERTS)]
    begun = time.perf_counter()
    for article, signature in enumerate(signatures):
        index.insert(str(article), signature)
    inserted = time.perf_counter()
    for signature in signatures[:REDIS_QUERIES]:
        index.query(signature)
    queried = time.perf_counter()
    queries = min(REDIS_QUERIES, len(signatures))
    return {
        "inserts_a_second": len(signatures) / (inserted - begun),
        "queries_a_second": queries / (queried - inserted),
    }


def main():
    name, path, pairs_path, *more = sys.argv[1:]
    begun = time.perf_counter()
    if name == "datasketch_on_redis":
        print(json.dumps(datasketch_on_redis(path, *more)))
        return
    articles, pairs = {"rensa": rensa, "gaoya": gaoya, "datasketch": datasketch}[name](path)
    seconds = time.perf_counter() - begun
    with open(pairs_path, "w", encoding="utf-8") as out:
        out.writelines(f"{min(pair)}\t{max(pair)}\n" for pair in pairs)
    print(json.dumps({"seconds": seconds, "articles": articles}))


if __name__ == "__main__":
    main()
