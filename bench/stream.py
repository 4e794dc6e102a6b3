"""A stream of 100-byte messages: published, then read from its beginning by one reader and by ten at once."""
import backlog
import brokers

READERS = (1, 10)


def fill(broker, loadgen, messages):
    arguments = ["--size", "100", "--persistent", "--durable", "--streams", "--queue-args", "x-queue-type=stream", "--backlog",
                 "--keep", "--confirm", "10000", "--count", str(messages)]
    return backlog.run_loadgen(loadgen, broker, arguments, seconds_for(messages))[0]


def read(broker, loadgen, messages, readers):
    """Deliveries a second to all readers together, and the broker's CPU for each."""
    arguments = ["--drain", "--predeclared", "--durable", "--streams", "--size", "100", "--consumers", str(readers),
                 "--consumer-args", "x-stream-offset=first", "--prefetch", "5000", "--ack-every", "500"]
    answer, _ = backlog.run_loadgen(loadgen, broker, arguments, seconds_for(messages * readers))
    if answer["delivered"] != messages * readers:
        raise brokers.BrokerFailure(f"{answer['delivered']} of {messages * readers} messages came")
    return answer


def seconds_for(messages):
    return 60 + messages / backlog.MESSAGES_PER_SECOND_LEAST


def measure(broker, loadgen, messages):
    filled = fill(broker, loadgen, messages)
    notes = [f"{messages:,} messages, published at {filled['published_per_s']:,.0f}/s"]
    figures = {}
    for readers in READERS:
        answer = read(broker, loadgen, messages, readers)
        if readers == 1:
            figures = {"rate": answer["delivered_per_s"], "cpu_us": answer.get("broker_cpu_us_per_message"),
                       "memory": answer.get("broker_resident_peak_bytes")}
        notes.append(f"{readers} reading: {answer['delivered_per_s']:,.0f}/s together, "
                     f"{answer['broker_cpu_us_per_message']:.2f} us of CPU each, "
                     f"at most {backlog.mib(answer['broker_resident_peak_bytes'])} resident")
    return {**figures, "notes": notes}
