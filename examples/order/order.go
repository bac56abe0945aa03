// Package order is an order from the basket to the parcel: the code behind the nodes
// of blueprints/order.json. The other systems of a shop (the stock, the payment
// gateway) are simulated, in simulated.go.
package order

import (
	"context"
	"fmt"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Order is the input of a run.
type Order struct {
	ID       string `json:"orderId"`
	Customer string `json:"customer"` // an email address
	Items    []Item `json:"items"`
}

// Item is one article of an order.
type Item struct {
	SKU       string `json:"sku"`
	Quantity  int    `json:"quantity"`
	UnitPrice int    `json:"unitPrice"` // in whole euros
}

// Checked is an order that can be fulfilled, with its total.
type Checked struct {
	Order
	Total int `json:"total"`
}

// Validate checks an order and adds up its total. No retry fixes an order, so its
// faults are permanent. They name the faulty item by its number and quote no value:
// errors are logged.
func Validate(_ context.Context, o Order) (Checked, error) {
	if o.ID == "" || !strings.Contains(o.Customer, "@") || len(o.Items) == 0 {
		return Checked{}, invalid("an order needs an id, a customer's email address and an item")
	}
	checked := Checked{Order: o}
	for i, item := range o.Items {
		if item.SKU == "" || item.Quantity < 1 || item.UnitPrice < 0 {
			return Checked{}, invalid("item %d of the order needs an article, a quantity and a price", i+1)
		}
		checked.Total += item.Quantity * item.UnitPrice
	}
	return checked, nil
}

func invalid(format string, args ...any) error {
	return flow.Permanent(flow.WithCode(fmt.Errorf(format, args...), "invalid_order"))
}

// Reservation is stock set aside.
type Reservation struct {
	ID    string `json:"id"`
	Items []Item `json:"items"`
}

// Reserve reserves the stock of an order. The reservation's id is derived from the
// task's key: a second attempt finds the first one's reservation instead of making
// another.
func Reserve(ctx context.Context, o Checked) (Reservation, error) {
	for i, item := range o.Items {
		if item.Quantity > stock[item.SKU] {
			return Reservation{}, flow.Permanent(flow.WithCode(
				fmt.Errorf("item %d of the order: less is in stock than was ordered", i+1), "out_of_stock"))
		}
	}
	return Reservation{ID: reference("res", flow.TaskFrom(ctx).Key), Items: o.Items}, nil
}

// DeclineFrom is the total, in euros, from which a reviewed order is declined. The
// blueprint sets the total from which orders are reviewed.
const DeclineFrom = 10_000

// Review approves or declines a large order.
func Review(_ context.Context, task *flow.Task, o Checked) (flow.Result, error) {
	action := "approve"
	if o.Total >= DeclineFrom {
		action = "decline"
	}
	task.Log().Info("order reviewed", "action", action)
	return flow.Result{Output: map[string]string{"decision": action}, Action: action}, nil
}

// Release returns reserved stock.
func Release(_ context.Context, r Reservation) (map[string]string, error) {
	return map[string]string{"released": r.ID}, nil
}

// Bill is the charge for a customer.
type Bill struct {
	Customer string `json:"customer"`
	Total    int    `json:"total"`
}

// Payment is a completed charge.
type Payment struct {
	ID     string `json:"id"`
	Amount int    `json:"amount"`
}

// Charge charges the customer. The gateway knows the task's key, so that an attempt
// after one whose answer was lost does not charge twice.
func Charge(ctx context.Context, b Bill) (Payment, error) {
	task := flow.TaskFrom(ctx)
	id, err := gateway{}.charge(task.Key, task.Attempt, b)
	if err != nil {
		return Payment{}, fmt.Errorf("charge: %w", err)
	}
	return Payment{ID: id, Amount: b.Total}, nil
}

// Mail is a message to a customer.
type Mail struct {
	To   string `json:"to"`
	Text string `json:"text"`
}

// Email sends a mail to the customer.
func Email(ctx context.Context, m Mail) (Mail, error) {
	flow.TaskFrom(ctx).Log().Info("customer informed")
	return m, nil
}

// Ship tells the warehouse to send the reserved goods.
func Ship(ctx context.Context, r Reservation) (map[string]any, error) {
	pieces := 0
	for _, item := range r.Items {
		pieces += item.Quantity
	}
	return map[string]any{"parcel": reference("parcel", flow.TaskFrom(ctx).Key), "pieces": pieces}, nil
}
