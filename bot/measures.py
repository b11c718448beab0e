"""What /metrics shows. One object, built once; the hot path only adds numbers."""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest

_LATENCY_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Measures:
    """Counters and latencies by account; queue depths are read when somebody asks."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._accepted = Counter(
            "relais_messages_accepted_total", "Entries journaled", ["account"], registry=self.registry
        )
        self._quarantined = Counter(
            "relais_messages_quarantined_total", "Entries put aside", ["account"], registry=self.registry
        )
        self._dropped = Counter(
            "relais_quarantine_dropped_total",
            "Refused payloads beyond what the quarantine keeps",
            ["account"],
            registry=self.registry,
        )
        self._decided = Counter(
            "relais_decisions_total", "Decisions by decider", ["decider"], registry=self.registry
        )
        self._sent = Counter(
            "relais_sends_total",
            "Attempts to send by outcome",
            ["account", "outcome"],
            registry=self.registry,
        )
        self._handled_s = Histogram(
            "relais_accept_to_decision_seconds",
            "From the journal to the committed decision",
            ["account"],
            buckets=_LATENCY_S,
            registry=self.registry,
        )
        self._answered_s = Histogram(
            "relais_decision_to_sent_seconds",
            "From the committed decision to the provider's acceptance",
            ["account"],
            buckets=_LATENCY_S,
            registry=self.registry,
        )
        self._late_s = Histogram(
            "relais_timer_lateness_seconds",
            "How late timers fire",
            ["kind"],
            buckets=(0.1, 0.5, 1, 2, 5, 30, 300, 3600),
            registry=self.registry,
        )
        self.lanes = Gauge("relais_lane_entries", "Entries waiting in lanes", registry=self.registry)
        self.outbox = Gauge(
            "relais_outbox_waiting", "Messages waiting to be sent", ["account"], registry=self.registry
        )
        self.in_flight = Gauge(
            "relais_sends_in_flight", "Provider calls now", ["account"], registry=self.registry
        )
        self._faq_reloads = Counter(
            "relais_faq_reloads_total", "Times the FAQ was read anew", ["outcome"], registry=self.registry
        )
        self.faq_broken = Gauge(
            "relais_faq_broken", "1 while the FAQ's files can't be read", registry=self.registry
        )
        self._children: dict[tuple[str, ...], Any] = {}
        self.workers = Gauge("relais_workers", "Live processes on this database", registry=self.registry)

    # `labels()` looks its child up under a lock, at more than the price of the count itself: keep the children.

    def accepted(self, account: str, count: int) -> None:
        if count:
            self._of("accepted", self._accepted, account).inc(count)

    def quarantined(self, account: str) -> None:
        self._quarantined.labels(account).inc()

    def quarantine_full(self, account: str) -> None:
        self._dropped.labels(account).inc()

    def decided(self, account: str, decider: str, after_s: float) -> None:
        self._of("decided", self._decided, decider).inc()
        self._of("handled", self._handled_s, account).observe(max(0.0, after_s))

    def sent(self, account: str, outcome: str, after_s: float | None = None) -> None:
        self._of("sent", self._sent, account, outcome).inc()
        if after_s is not None:
            self._of("answered", self._answered_s, account).observe(max(0.0, after_s))

    def faq_reloaded(self, outcome: str) -> None:
        self._faq_reloads.labels(outcome).inc()

    def fired(self, kind: str, late_s: float) -> None:
        self._of("late", self._late_s, kind).observe(max(0.0, late_s))

    def _of(self, name: str, metric: Any, *labels: str) -> Any:
        child = self._children.get((name, *labels))
        if child is None:
            child = self._children[name, *labels] = metric.labels(*labels)
        return child

    def page(self) -> bytes:
        """The numbers in Prometheus' text format."""
        return generate_latest(self.registry)
