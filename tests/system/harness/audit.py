"""audit.jsonl as the scenarios read it."""

import json
import os

from .process import eventually

SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../docs/audit.schema.json")


class Audit:
    def __init__(self, path):
        self.path = path

    def events(self, **wanted):
        """The events so far, in order, whose fields equal `wanted`."""
        try:
            with open(self.path, encoding="utf-8") as lines:
                # A line that is being written just now has no newline yet; one that a full disk cut is no object.
                found = [json.loads(line) for line in lines if line.endswith("}\n")]
        except FileNotFoundError:
            return []
        return [event for event in found if all(event.get(key) == value for key, value in wanted.items())]

    def waits_for(self, timeout=5, **wanted):
        """The newest event with these fields, waiting for it."""
        return eventually(lambda: self.events(**wanted), f"an audit event with {wanted}; there are:\n"
                          + "\n".join(map(str, self.events())), timeout)[-1]

    def outcomes(self, **wanted):
        """The outcomes of logins; the account phase after a login is another event."""
        return [event for event in self.events(**wanted) if "outcome" in event and "account" not in event["event"]]

    def waits_for_outcome(self, timeout=5, **wanted):
        return eventually(lambda: self.outcomes(**wanted), f"an outcome in the audit with {wanted}; there are:\n"
                          + "\n".join(map(str, self.events())), timeout)[-1]

    def fits_the_schema(self):
        """Fails if an event is not as docs/audit.schema.json says."""
        import jsonschema  # the demonstration has no need of it, and does not install it
        with open(SCHEMA, encoding="utf-8") as text:
            schema = json.load(text)
        validator = jsonschema.Draft202012Validator(schema)
        for event in self.events():
            for wrong in validator.iter_errors(event):
                raise AssertionError(f"an audit event does not fit the schema: {wrong.message}\n{event}")

    def exactly_one_outcome_each(self):
        """Fails if any login that the audit knows has more than one outcome."""
        seen = {}
        for event in self.outcomes():
            login = event.get("login_id")
            if login:
                seen.setdefault(login, []).append(event["outcome"])
        twice = {login: outcomes for login, outcomes in seen.items() if len(outcomes) > 1}
        if twice:
            raise AssertionError(f"logins with more than one outcome: {twice}")
