// amqp091-go: confirms, returns, prefetch, nack, dead-lettering, RPC by direct reply-to.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const directReplyTo = "amq.rabbitmq.reply-to"

var background = context.Background()

func step(name string, work func() error) {
	start := time.Now()
	if err := work(); err != nil {
		fmt.Printf("    FAIL %s: %v\n", name, err)
		os.Exit(1)
	}
	fmt.Printf("    ok   %s (%.2f s)\n", name, time.Since(start).Seconds())
}

func expect[T comparable](actual, wanted T, what string) error {
	if actual == wanted {
		return nil
	}
	return fmt.Errorf("%s: %v where %v was expected", what, actual, wanted)
}

func exclusiveQueue(channel *amqp.Channel, arguments amqp.Table) (string, error) {
	queue, err := channel.QueueDeclare("", false, false, true, false, arguments)
	return queue.Name, err
}

func publish(channel *amqp.Channel, queue, body string) error {
	return channel.PublishWithContext(background, "", queue, false, false, amqp.Publishing{Body: []byte(body)})
}

func getSoon(channel *amqp.Channel, queue string) (amqp.Delivery, error) {
	for attempt := 0; attempt < 100; attempt++ {
		message, found, err := channel.Get(queue, false)
		if err != nil || found {
			return message, err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return amqp.Delivery{}, fmt.Errorf("nothing came into %s", queue)
}

func confirms(channel *amqp.Channel) error {
	queue, err := exclusiveQueue(channel, nil)
	if err != nil {
		return err
	}
	if err := channel.Confirm(false); err != nil {
		return err
	}
	var pending []*amqp.DeferredConfirmation
	for number := 0; number < 500; number++ {
		confirmation, err := channel.PublishWithDeferredConfirmWithContext(background, "", queue, false, false,
			amqp.Publishing{DeliveryMode: amqp.Persistent, Body: []byte(fmt.Sprint(number))})
		if err != nil {
			return err
		}
		pending = append(pending, confirmation)
	}
	for _, confirmation := range pending {
		if !confirmation.Wait() {
			return errors.New("a message was not confirmed")
		}
	}
	state, err := channel.QueueDeclarePassive(queue, false, false, true, false, nil)
	if err != nil {
		return err
	}
	return expect(state.Messages, 500, "messages")
}

func returns(channel *amqp.Channel) error {
	returned := channel.NotifyReturn(make(chan amqp.Return, 1))
	err := channel.PublishWithContext(background, "", "interop-no-such-queue", true, false, amqp.Publishing{Body: []byte("lost")})
	if err != nil {
		return err
	}
	select {
	case message := <-returned:
		return errors.Join(expect(message.ReplyCode, 312, "reply code"), expect(message.ReplyText, "NO_ROUTE", "reply text"),
			expect(string(message.Body), "lost", "body"))
	case <-time.After(10 * time.Second):
		return errors.New("an unroutable mandatory message was not returned")
	}
}

func prefetch(channel *amqp.Channel) error {
	queue, err := exclusiveQueue(channel, nil)
	if err != nil {
		return err
	}
	for number := 0; number < 20; number++ {
		if err := publish(channel, queue, fmt.Sprint(number)); err != nil {
			return err
		}
	}
	if err := channel.Qos(5, 0, false); err != nil {
		return err
	}
	deliveries, err := channel.Consume(queue, "", false, false, false, false, nil)
	if err != nil {
		return err
	}
	held := takeAll(deliveries)
	if err := expect(len(held), 5, "unacknowledged messages"); err != nil {
		return err
	}
	if err := held[1].Ack(true); err != nil {
		return err
	}
	return expect(len(takeAll(deliveries)), 2, "after two were acknowledged")
}

// What comes until nothing has come for half a second.
func takeAll(deliveries <-chan amqp.Delivery) (taken []amqp.Delivery) {
	for {
		select {
		case delivery := <-deliveries:
			taken = append(taken, delivery)
		case <-time.After(500 * time.Millisecond):
			return taken
		}
	}
}

func nackAndDeadLetter(channel *amqp.Channel) error {
	dead, err := exclusiveQueue(channel, nil)
	if err != nil {
		return err
	}
	work, err := exclusiveQueue(channel, amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead})
	if err != nil {
		return err
	}
	if err := publish(channel, work, "job"); err != nil {
		return err
	}
	first, err := getSoon(channel, work)
	if err != nil {
		return err
	}
	if err := errors.Join(expect(first.Redelivered, false, "redelivered at first"), first.Nack(false, true)); err != nil {
		return err
	}
	second, err := getSoon(channel, work)
	if err != nil {
		return err
	}
	if err := errors.Join(expect(second.Redelivered, true, "redelivered"), second.Nack(false, false)); err != nil {
		return err
	}
	message, err := getSoon(channel, dead)
	if err != nil {
		return err
	}
	deaths, _ := message.Headers["x-death"].([]interface{})
	if len(deaths) != 1 {
		return fmt.Errorf("x-death: %v", message.Headers)
	}
	death, _ := deaths[0].(amqp.Table)
	return errors.Join(expect(death["queue"], interface{}(work), "queue of death"),
		expect(death["reason"], interface{}("rejected"), "reason of death"),
		expect(death["count"], interface{}(int64(1)), "count of deaths"), message.Ack(false))
}

func serveUpperCase(url string) (string, func() error, error) {
	connection, err := amqp.Dial(url)
	if err != nil {
		return "", nil, err
	}
	channel, err := connection.Channel()
	if err != nil {
		return "", nil, err
	}
	queue, err := exclusiveQueue(channel, nil)
	if err != nil {
		return "", nil, err
	}
	requests, err := channel.Consume(queue, "", false, false, false, false, nil)
	if err != nil {
		return "", nil, err
	}
	go func() {
		for request := range requests {
			reply := amqp.Publishing{CorrelationId: request.CorrelationId, Body: []byte(strings.ToUpper(string(request.Body)))}
			_ = channel.PublishWithContext(background, "", request.ReplyTo, false, false, reply)
			_ = request.Ack(false)
		}
	}()
	return queue, connection.Close, nil
}

func rpc(channel *amqp.Channel, url string) error {
	queue, stop, err := serveUpperCase(url)
	if err != nil {
		return err
	}
	replies, err := channel.Consume(directReplyTo, "", true, false, false, false, nil)
	if err != nil {
		return err
	}
	for number := 0; number < 3; number++ {
		request := amqp.Publishing{ReplyTo: directReplyTo, CorrelationId: fmt.Sprint(number), Body: []byte("ping")}
		if err := channel.PublishWithContext(background, "", queue, false, false, request); err != nil {
			return err
		}
	}
	for number := 0; number < 3; number++ {
		select {
		case reply := <-replies:
			err := errors.Join(expect(reply.CorrelationId, fmt.Sprint(number), "correlation id"),
				expect(string(reply.Body), "PING", "reply"))
			if err != nil {
				return err
			}
		case <-time.After(10 * time.Second):
			return errors.New("no reply came")
		}
	}
	return stop()
}

func refusals(channel *amqp.Channel) error {
	closed := channel.NotifyClose(make(chan *amqp.Error, 1))
	_, err := channel.QueueDeclarePassive("interop-no-such-queue", false, false, false, false, nil)
	if err == nil {
		return errors.New("a passive declare of nothing succeeded")
	}
	reason := <-closed
	return errors.Join(expect(reason.Code, 404, "code"),
		expect(reason.Reason, "NOT_FOUND - no queue 'interop-no-such-queue' in vhost '/'", "text"))
}

func main() {
	port := flag.Int("port", 5672, "AMQP port on 127.0.0.1")
	flag.Parse()
	url := fmt.Sprintf("amqp://guest:guest@127.0.0.1:%d/", *port)
	var connection *amqp.Connection
	step("connect", func() (err error) {
		connection, err = amqp.Dial(url)
		return err
	})
	onChannel := func(work func(*amqp.Channel) error) func() error {
		return func() error {
			channel, err := connection.Channel()
			if err != nil {
				return err
			}
			if err := work(channel); err != nil {
				return err
			}
			return channel.Close()
		}
	}
	step("confirms", onChannel(confirms))
	step("returns", onChannel(returns))
	step("prefetch", onChannel(prefetch))
	step("nack and dead-lettering", onChannel(nackAndDeadLetter))
	step("refusals", onChannel(refusals))
	step("rpc by direct reply-to", onChannel(func(channel *amqp.Channel) error { return rpc(channel, url) }))
	step("close", connection.Close)
}
