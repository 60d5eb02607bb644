#!/usr/bin/python3
"""Logs in with paramiko and its keyboard-interactive method, and runs one command.

    paramiko_login.py handler|dumb HOST PORT KNOWN_HOSTS ACCOUNT COMMAND

handler: auth_interactive() with a handler of ours, which prints each prompt as it came. dumb: auth_interactive_dumb(),
whose handler is paramiko's. Exit status: the command's, or 1 when the login is refused.
"""

import sys

import paramiko


def handler(title, instructions, prompts):
    for text in (title, instructions):
        if text:
            print(text)
    answers = []
    for prompt, _echo in prompts:
        print(prompt, end="", flush=True)
        answers.append(input())
    return answers


def main():
    how, host, port, known_hosts, account, command = sys.argv[1:]
    transport = paramiko.Transport((host, int(port)))
    transport.start_client(timeout=20)
    if not paramiko.HostKeys(known_hosts).check(f"[{host}]:{port}", transport.get_remote_server_key()):
        sys.exit("another host key")
    try:
        if how == "dumb":
            transport.auth_interactive_dumb(account)
        else:
            transport.auth_interactive(account, handler)
    except paramiko.AuthenticationException:
        print("refused")
        transport.close()
        return 1
    channel = transport.open_session()
    channel.exec_command(command)
    with channel.makefile("rb") as output:
        sys.stdout.write(output.read().decode())
    status = channel.recv_exit_status()
    transport.close()
    return status


sys.exit(main())
