#!/usr/bin/python3
"""docs/metrics.md lists the metrics of broker/metrics/metrics.cc and no other; the rules for alerts there and the queries
of the dashboard name existing metrics with existing labels."""

import json
import re

import common

SOURCE = (common.ROOT / "broker/metrics/metrics.cc").read_text()
DOCUMENT = (common.ROOT / "docs/metrics.md").read_text()
DASHBOARD = common.ROOT / "conf/grafana/pam-cis2.json"

SELECTOR = re.compile(r"\b(cis2_\w+?)(_bucket|_count|_sum)?\b(?:\{([^}]*)\})?(?![\w])")
ADDED_BY_PROMETHEUS = {"instance", "job"}


def documented():
    """{metric: (kind, labels)}"""
    rows = re.findall(r"^\| `(cis2_\w+)` \| (\w+) \|([^|]*)\|", DOCUMENT, re.M)
    return {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}


def in_source():
    found = re.findall(r'New(Counter|Gauge|Histogram)\(registry_, "(cis2_\w+)"', SOURCE)
    return {name: kind.lower() for kind, name in found}


def check_query(where, query, metrics):
    found = False
    for name, suffix, selector in SELECTOR.findall(query):
        found = True
        whole = name if name in metrics else name + suffix
        if whole not in metrics:
            yield f"{where}: no metric is called {name}{suffix}"
            continue
        kind, labels = metrics[whole]
        if (kind == "histogram") != (whole != name + suffix):
            yield f"{where}: {name}{suffix} is not what a {kind} has"
        for label in re.findall(r"(\w+)\s*[=!]", selector):
            if label not in labels | ADDED_BY_PROMETHEUS:
                yield f"{where}: {whole} has no label {label}"
    if not found and "up{" not in query:
        yield f"{where}: the query names no metric of ours: {query}"


def check():
    metrics, source = documented(), in_source()
    for name in sorted(metrics.keys() ^ source.keys()):
        yield f"{name} is only in {'docs/metrics.md' if name in metrics else 'broker/metrics/metrics.cc'}"
    for name in sorted(metrics.keys() & source.keys()):
        if metrics[name][0] != source[name]:
            yield f"docs/metrics.md: {name} is a {source[name]}"
    for number, query in enumerate(re.findall(r"^\s+expr: (.*)$", DOCUMENT, re.M), 1):
        yield from check_query(f"docs/metrics.md, alert {number}", query, metrics)
    dashboard = json.loads(DASHBOARD.read_text())
    shown = set()
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield from check_query(f"conf/grafana/pam-cis2.json, {panel['title']}", target["expr"], metrics)
            shown |= {name for name in metrics if re.search(rf"\b{name}(_bucket)?\b", target["expr"])}
    for name in sorted(metrics.keys() - shown):
        yield f"conf/grafana/pam-cis2.json shows {name} nowhere"


common.report(list(check()))
