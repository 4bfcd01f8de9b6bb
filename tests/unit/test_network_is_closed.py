"""What conftest.py promises of the network holds."""

from __future__ import annotations

import socket

import pytest
from pytest_socket import SocketBlockedError, SocketConnectBlockedError

#: pytest-socket warns before it raises, and warnings are errors here.
BLOCKED = (SocketBlockedError, SocketConnectBlockedError, UserWarning)

#: Reserved for documentation: nobody answers there.
ELSEWHERE = ("192.0.2.1", 80)


def test_unit_test_opens_no_socket():
    with pytest.raises(BLOCKED):
        socket.socket()


@pytest.mark.enable_socket
def test_marked_unit_test_connects_to_this_machine():
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        assert client.getpeername() == server.getsockname()


@pytest.mark.enable_socket
def test_marked_unit_test_connects_to_no_other_machine():
    with socket.socket() as client, pytest.raises(BLOCKED):
        client.connect(ELSEWHERE)
