"""What the scenarios are written with: the stack, the terminal, the browsers, the simulator, the audit, the canary.

Runs inside the throwaway machine (tests/lib/machine.sh) and nowhere else: it writes /etc/pam.d and adds accounts.
"""
