"""Eclipse Paho's client for Python, as Debian has it, in its parts of clients.e2e.sh: prints `ok …` and `not ok …` lines.

Usage: clients-paho.py PART PORT [WEBSOCKET-PORT]
"""

import re
import sys
import threading
from collections import Counter

import paho.mqtt.client as mqtt

part, port = sys.argv[1], int(sys.argv[2])
patience = 20


def check(what, good, found=""):
    print(f"ok paho: {what}" if good else f"not ok paho: {what}: {found}", flush=True)


def equal(what, wanted, found):
    lists = isinstance(wanted, list) and isinstance(found, list)
    same = next((at for at, (a, b) in enumerate(zip(wanted, found)) if a != b), min(len(wanted), len(found))) if lists else 0
    # Nothing to show if they are equal.
    shown = (f"from {same} on {wanted[same:]!r}"[:240], f"{found[same:]!r}"[:240]) if lists else (repr(wanted), repr(found))
    check(what, wanted == found, f"wanted {shown[0]}, found {shown[1]}"[:500])


class Client:
    """A client that keeps what it receives; every wait has a limit."""

    def __init__(self, name, clean=True, transport="tcp", to=port, will=None):
        self.received = []
        self.changed = threading.Condition()
        self.entered = 0
        self.granted = {}
        self.present = None
        self.client = mqtt.Client(client_id=name, clean_session=clean, transport=transport)
        self.client.username_pw_set("operator", "operator-password")
        self.client.max_inflight_messages_set(20)
        self.client.reconnect_delay_set(1, 1)
        if transport == "websockets":
            self.client.ws_set_options(path="/mqtt")
        if will:
            self.client.will_set(*will)
        self.client.on_connect = self.on_connect
        self.client.on_subscribe = self.on_subscribe
        self.client.on_message = self.on_message
        self.client.connect("127.0.0.1", to)
        self.client.loop_start()
        self.until("CONNACK", lambda: self.entered > 0)

    def note(self, change):
        with self.changed:
            change()
            self.changed.notify_all()

    def until(self, what, isTrue):
        with self.changed:
            if not self.changed.wait_for(isTrue, patience):
                raise TimeoutError(what)

    def on_connect(self, _client, _data, flags, code):
        def change():
            self.present = flags["session present"]
            self.entered += 1 if code == 0 else 0

        self.note(change)

    def on_subscribe(self, _client, _data, mid, granted):
        self.note(lambda: self.granted.update({mid: list(granted)}))

    def on_message(self, _client, _data, message):
        self.note(lambda: self.received.append(message))

    def subscribe(self, *filters):
        _, mid = self.client.subscribe(list(filters))
        self.until("SUBACK", lambda: mid in self.granted)
        return self.granted[mid]

    def publish(self, topic, payload, qos=0, retain=False):
        self.client.publish(topic, payload, qos, retain).wait_for_publish(patience)

    def receives(self, count):
        self.until(f"{count} messages, received {len(self.received)}", lambda: len(self.received) >= count)
        return [(m.topic, m.payload.decode(), m.qos, m.retain) for m in self.received]

    def vanish(self):
        """Closes the socket without a DISCONNECT, and does not reconnect."""
        self.client.reconnect = lambda: mqtt.MQTT_ERR_NO_CONN
        self.client.socket().shutdown(2)

    def leave(self):
        self.client.disconnect()
        self.client.loop_stop()


def talk():
    """QoS 0, 1 and 2, retained, will, a large message; once over WebSocket."""
    speaker = Client("paho-speaker")
    subscriber = Client("paho-subscriber")
    equal("SUBACK grants what is asked", [2, 1], subscriber.subscribe(("paho/a/#", 2), ("paho/b", 1)))
    for qos in (0, 1, 2):
        speaker.publish(f"paho/a/{qos}", f"at {qos}", qos)
    # Paho delivers a QoS 2 message at its PUBREL, and one of a lower QoS at once: messages sent meanwhile would overtake it in the client.
    subscriber.receives(3)
    speaker.publish("paho/b", "lowered", 2)
    wanted = [(f"paho/a/{qos}", f"at {qos}", qos, 0) for qos in (0, 1, 2)] + [("paho/b", "lowered", 1, 0)]
    equal("QoS 0, 1 and 2 arrive, in order, lowered to the subscribed QoS", wanted, subscriber.receives(4))

    speaker.publish("paho/kept", "retained", 1, True)
    late = Client("paho-late")
    late.subscribe(("paho/kept", 2))
    equal("a retained message is delivered to a later subscriber", [("paho/kept", "retained", 1, 1)], late.receives(1))
    speaker.publish("paho/kept", "", 1, True)

    dying = Client("paho-dying", will=("paho/a/will", "gone", 1, False))
    dying.vanish()
    equal("a will is published", ("paho/a/will", "gone", 1, 0), subscriber.receives(5)[-1])
    leaving = Client("paho-leaving", will=("paho/a/will", "must not come", 1, False))
    leaving.leave()
    large = "x" * 200 * 1024
    speaker.publish("paho/a/large", large, 2)
    equal("200 KiB arrive, and no will after a DISCONNECT", ("paho/a/large", large, 2, 0), subscriber.receives(6)[5])

    browser = Client("paho-browser", transport="websockets", to=int(sys.argv[3]))
    browser.subscribe(("paho/web", 1))
    browser.publish("paho/web", "by WebSocket", 1)
    equal("over WebSocket", [("paho/web", "by WebSocket", 1, 0)], browser.receives(1))
    for client in (speaker, subscriber, late, browser):
        client.leave()


def go():
    """A session is made and left."""
    client = Client("paho-stays", clean=False)
    equal("a new session is not present", 0, client.present)
    client.subscribe(("paho/stays", 2))
    client.leave()


def tell():
    """Publishes to the offline session."""
    speaker = Client("paho-speaker")
    for n in range(50):
        speaker.publish("paho/stays", str(n), 1 + n % 2)
    speaker.leave()


def come():
    """Back to the session, after the server was stopped and killed."""
    client = Client("paho-stays", clean=False)
    equal("the session is present", 1, client.present)
    received = client.receives(50)
    # Its application gets a message of QoS 2 when it is released: each QoS has its own order.
    for qos in (1, 2):
        wanted = [("paho/stays", str(n), qos, 0) for n in range(qos - 1, 50, 2)]
        equal(f"25 messages at QoS {qos} waited over the restarts, in order", wanted, [m for m in received if m[2] == qos])
    client.leave()


def resentAfterRelease(client):
    """Packet ids of PUBLISHes that the client sends though it has sent their PUBREL, against MQTT-4.3.3-1: Paho does so, without DUP."""
    released, again = set(), []

    def on_log(_client, _data, _level, line):
        if match := re.match(r"Sending PUBREL \(Mid: (\d+)\)", line):
            released.add(int(match[1]))
        elif (match := re.match(r"Sending PUBLISH \(d\d, q2, r\d, m(\d+)\)", line)) and int(match[1]) in released:
            again.append(int(match[1]))

    client.on_log = on_log
    return again


def ride():
    """Publishes and subscribes while the server is killed and started; prints `riding` when it is time for that."""
    subscriber = Client("paho-rides", clean=False)
    subscriber.subscribe(("paho/ride", 2))
    speaker = Client("paho-drives", clean=False)
    again = resentAfterRelease(speaker.client)
    payloads = {}
    for n in range(400):
        payloads[speaker.client.publish("paho/ride", str(n), 2).mid] = str(n)
        if n == 200:
            subscriber.receives(1)
            print("riding", flush=True)
            speaker.until("the next connection", lambda: speaker.entered > 1)
    subscriber.until("400 messages", lambda: len({message.payload for message in subscriber.received}) == 400)
    speaker.publish("paho/ride", "end", 2)
    subscriber.until("the end", lambda: subscriber.received[-1].payload == b"end")
    received = [message.payload.decode() for message in subscriber.received]
    equal("QoS 2 through a kill -9: all 400, in order", [*map(str, range(400)), "end"], list(dict.fromkeys(received)))
    # If the PUBREL was recorded before the kill, such a PUBLISH is a new message; it is delivered at most once for each time it was sent.
    twice = Counter(received) - Counter(payloads.values()) - Counter(["end"])
    allowed = Counter(payloads[mid] for mid in again)
    equal("and each once, except what Paho itself sent again after its PUBREL", Counter(), twice - allowed)
    for client in (subscriber, speaker):
        client.leave()


try:
    {"talk": talk, "go": go, "tell": tell, "come": come, "ride": ride}[part]()
except Exception as error:  # pylint: disable=broad-except
    check(part, False, repr(error))
