#!/usr/bin/env python3
"""Fits the weights of evidence (src/syndication/evidence.rs) by logistic regression.

    wirecopy cluster --format jsonl DATA/saudinewsnet/docs.jsonl.zst > saudinewsnet.jsonl
    wirecopy cluster --format jsonl DATA/fnc1_bodies/docs.jsonl.zst > fnc1_bodies.jsonl
    benches/harness/fit/roles.py DATA saudinewsnet.jsonl fnc1_bodies.jsonl ...

Each VERDICTS file is named for its set in DATA. An article is labelled by what can be checked without
our verdicts, and by nothing else. Whether an agency issued its text:

* an agency's text (1): an article on an agency's own site (`site` rows of notices.tsv) is a copy of it by
  the truth of the set, or it names an agency in the form that agencies prescribe: "PLACE (AGENCY) -" at
  its head, "(AGENCY)" at its end.
* not an agency's (0): neither its text, nor its byline, nor those of any article that shares text with it
  has the name of an agency (`agency` rows).
* All others are left out.

Whether its text was taken from elsewhere: yes for a copy of an article on an agency's own site, no for that
article. The times of these say little of newspapers among themselves: newspapers print an agency's text
before its site has it. So their fit is printed, to be judged, and the estimates stay.

The features are the strengths of the evidence, 0 to 1, of each kind. The sum has no constant: without
evidence the odds are even. The centre of the prior is what was estimated before any fit, because most
kinds are rare in the sets: a kind that no labelled article has keeps its weight. The verdicts must be of the
build whose table is read. The labels by the form of a credit do
not count for the kinds that read this form, nor the labels by a site for `agency_has_it`: there the rule
would only find itself again. Prints each kind that has examples with its weight of now and the fitted one, and
the expected calibration error of the verdicts themselves. Python 3 alone, and `zstd` for the sets.
"""

import collections
import json
import math
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
TABLE = ROOT / "src/notices/notices.tsv"
# How strongly the estimates hold: the variance of the prior, in squared log odds.
VARIANCE = 1.0
# The estimates of the kinds whose weights are fitted by now, so that a fit does not start from the last one.
ESTIMATES = {"byline_agency": 2.4, "others_name_agency": 2.4}
STEPS = 60


def lines(path):
    data = subprocess.run(["zstd", "-dc", path], capture_output=True, check=True).stdout
    return [json.loads(line) for line in data.decode().split("\n") if line]


def table():
    """Returns the names of agencies, and the domains of their sites."""
    names, sites = set(), set()
    for line in TABLE.read_text().split("\n"):
        kind, *fields = line.split("\t")
        if kind == "agency":
            names.update(name for field in fields for name in field.split("|"))
        elif kind == "site":
            sites.update(fields[1].split("|"))
    return names, sites


def host(url):
    return url.split("/")[2].removeprefix("www.") if url.count("/") > 2 else ""


class Labels:
    """Labels the articles of a set."""

    def __init__(self, docs, truth):
        names, sites = table()
        named = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        self.head = re.compile(rf"^[^\n]{{0,110}}?\((?:{named})\)\s*[-–—]")
        self.tail = re.compile(rf"[.!?\"”»\n]\s*\((?:{named})\)\.?$")
        latin = [re.escape(name) for name in names if name.isascii()]
        others = [re.escape(name) for name in names if not name.isascii() and len(name) > 2]
        self.named = re.compile("|".join([rf"\b(?:{'|'.join(latin)})\b", *others]))
        self.docs = {doc["id"]: doc for doc in docs}
        self.on_site = {
            id for id, doc in self.docs.items()
            if any(("." + host(doc.get("url", ""))).endswith("." + site) for site in sites)
        }
        self.near = collections.defaultdict(set)
        self.copies = set()
        for row in truth:
            a, b = row["a"], row["b"]
            self.near[a].add(b)
            self.near[b].add(a)
            if row["label"] in ("exact", "near-dup", "contained"):
                self.copies |= {x for x, y in ((a, b), (b, a)) if y in self.on_site}

    def names_agency(self, id):
        doc = self.docs.get(id, {})
        words = f"{doc.get('title', '')} {doc.get('text', '')} {doc.get('author', '')}"
        return bool(self.named.search(words))

    def source(self, id):
        """Returns whether the text was taken from elsewhere, and the rule that says so, or nothing."""
        if id in self.copies and id not in self.on_site:
            return 1, "site"
        is_copied = id in self.on_site and self.near[id] & self.copies
        return (0, "site") if is_copied else None

    def agency(self, id):
        """Returns whether an agency issued the text, and the rule that says so, or nothing."""
        text = self.docs[id].get("text", "").strip()
        if id in self.copies and id not in self.on_site:
            return 1, "site"
        if self.head.search(text[:260]) or self.tail.search(text[-90:]):
            return 1, "form"
        if id in self.on_site or any(self.names_agency(one) for one in {id} | self.near[id]):
            return None
        return 0, "none"


# Kinds whose own rule would label their examples.
CIRCULAR = {
    "form": {"agency_notice dateline", "agency_notice credit"},
    "site": {"agency_has_it"},
}


def kind(evidence):
    signal = evidence.get("signal") or ""
    return f"{evidence['kind']} {signal}".strip()


def weights_of_now():
    """Returns the weights at full strength, from the table in the source."""
    source = (ROOT / "src/syndication/evidence.rs").read_text()
    found = {"source": {}, "agency": {}}
    for name, question, weight in re.findall(r'\("(\w+)", (Source|Agency), (-?[\d.]+)\)', source):
        found[question.lower()][name] = float(weight)
    body = source[source.index("fn signal_weights"):]
    rows = re.findall(r"((?:Signal::\w+[ |]*)+) => \((-?[\d.]+), (-?[\d.]+)\)", body)
    for signals, of_source, of_agency in rows:
        for signal in re.findall(r"Signal::(\w+)", signals):
            snake = re.sub(r"(?<!^)(?=[A-Z])", "_", signal).lower()
            found["source"][f"notice {snake}"] = float(of_source)
            found["agency"][f"agency_notice {snake}"] = float(of_agency)
    return found


def fit(examples, prior):
    """Returns the weights that make the labels most likely, given the prior: gradient ascent."""
    weights = dict(prior)
    count = collections.Counter(k for features, _ in examples for k in features)
    for _ in range(STEPS):
        slope = {k: (prior[k] - weights[k]) / VARIANCE for k in weights}
        curve = {k: 1 / VARIANCE for k in weights}
        for features, label in examples:
            total = sum(weights[k] * x for k, x in features.items())
            p = 1 / (1 + math.exp(-max(-30, min(30, total))))
            for k, x in features.items():
                slope[k] += (label - p) * x
                curve[k] += p * (1 - p) * x * x
        weights = {k: weights[k] + 0.5 * slope[k] / curve[k] for k in weights}
    return weights, count


def calibration_error(verdicts):
    """Returns the expected calibration error over ten bins of confidence."""
    bins = collections.defaultdict(list)
    for confidence, right in verdicts:
        bins[min(9, int(confidence * 10))].append((confidence, right))
    gaps = (abs(sum(c - r for c, r in one)) for one in bins.values())
    return sum(gaps) / max(1, len(verdicts))


def features(verdict, question, now, circular):
    """Returns the strengths of the evidence that bears on a question, 0 to 1, or below 0 if it is another's."""
    strengths = collections.defaultdict(float)
    for one in verdict["evidence"]:
        if one["question"] == question and now.get(kind(one)):
            strengths[kind(one)] += one["weight"] / now[kind(one)]
    return {k: x for k, x in strengths.items() if x and k not in circular}


def main():
    data, *files = sys.argv[1:]
    now = weights_of_now()
    examples, verdicts = {"source": [], "agency": []}, []
    for file in files:
        folder = pathlib.Path(data) / pathlib.Path(file).stem
        truth = lines(folder / "truth.jsonl.zst")
        labels = Labels(lines(folder / "docs.jsonl.zst"), truth)
        for line in open(file):
            verdict = json.loads(line)
            for question, label_of in ("source", labels.source), ("agency", labels.agency):
                label, rule = label_of(verdict["id"]) or (None, None)
                circular = CIRCULAR.get(rule, set())
                found = features(verdict, question, now[question], circular)
                if rule and found:
                    examples[question].append((found, label))
            label, _ = labels.agency(verdict["id"]) or (None, None)
            if label is None:
                continue
            role, confidence = verdict["role"], verdict["confidence"]
            # A newspaper's text that others copy may be anything but an agency's.
            if role == "wire" or (label == 1 and role in ("reprint", "original")):
                verdicts.append((confidence, role != "original" and label == 1))
    for question, labelled in examples.items():
        prior = {k: ESTIMATES.get(k, weight) for k, weight in now[question].items()}
        fitted, count = fit(labelled, prior)
        print(f"{question}: {len(labelled)} labelled articles with evidence")
        for k in sorted(prior):
            if count[k]:
                print(f"  {k:32} {count[k]:6} examples {now[question][k]:6.2f} now {fitted[k]:6.2f} fitted")
    error = calibration_error(verdicts)
    print(f"expected calibration error {error:.3f} of {len(verdicts)} verdicts")


if __name__ == "__main__":
    main()
