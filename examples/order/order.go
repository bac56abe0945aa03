// Package order is an order from the basket to the parcel: the code behind the
// nodes of blueprints/order.json. What would be other systems of a shop (the
// catalogue, the stock, the payment gateway) is simulated here, in simulated.go.
package order

import (
	"context"
	"fmt"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Order is what a run starts with.
type Order struct {
	Customer string `json:"customer"`
	Email    string `json:"email"`
	Lines    []Line `json:"lines"`
}

// Line is one article of an order.
type Line struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
}

// Priced is an order with its total in cents.
type Priced struct {
	Order
	Total int `json:"total"`
}

// Validate checks an order and prices it from the catalogue. No retry mends an
// order, so its faults are permanent.
func Validate(_ context.Context, o Order) (Priced, error) {
	if o.Customer == "" || !strings.Contains(o.Email, "@") || len(o.Lines) == 0 {
		return Priced{}, invalid("an order needs a customer, an email address and a line")
	}
	priced := Priced{Order: o}
	for _, line := range o.Lines {
		article, ok := catalogue[line.SKU]
		if !ok || line.Quantity < 1 {
			return Priced{}, invalid("%d pieces of %q cannot be ordered", line.Quantity, line.SKU)
		}
		priced.Total += line.Quantity * article.cents
	}
	return priced, nil
}

func invalid(format string, args ...any) error {
	return flow.Permanent(flow.WithCode(fmt.Errorf(format, args...), "invalid_order"))
}

// Reservation is stock set aside.
type Reservation struct {
	ID    string `json:"id"`
	Lines []Line `json:"lines"`
}

// Reserve sets the stock of an order aside. Its id is made of the task's key:
// a second attempt finds the first one's reservation instead of making another.
func Reserve(ctx context.Context, o Priced) (Reservation, error) {
	for _, line := range o.Lines {
		if have := catalogue[line.SKU].stock; line.Quantity > have {
			return Reservation{}, flow.Permanent(flow.WithCode(
				fmt.Errorf("%d of %s ordered, %d in stock", line.Quantity, line.SKU, have), "out_of_stock"))
		}
	}
	return Reservation{ID: reference("res", flow.TaskFrom(ctx).Key), Lines: o.Lines}, nil
}

// ReviewLimit is the total in cents from which a reviewed order is declined.
const ReviewLimit = 500_000

// Review decides about a large order.
func Review(_ context.Context, task *flow.Task, o Priced) (flow.Result, error) {
	action := "approve"
	if o.Total >= ReviewLimit {
		action = "decline"
	}
	task.Log.Info("order reviewed", "action", action)
	return flow.Result{Output: map[string]string{"decision": action}, Action: action}, nil
}

// Release gives reserved stock back.
func Release(_ context.Context, r Reservation) (map[string]string, error) {
	return map[string]string{"released": r.ID}, nil
}

// Bill is what a customer is charged.
type Bill struct {
	Customer string `json:"customer"`
	Total    int    `json:"total"`
}

// Payment is a charge that was made.
type Payment struct {
	ID    string `json:"id"`
	Cents int    `json:"cents"`
}

// Charge takes the money. The gateway knows the task's key, so that an attempt
// after one whose answer was lost does not charge twice.
func Charge(ctx context.Context, b Bill) (Payment, error) {
	task := flow.TaskFrom(ctx)
	id, err := gateway{}.charge(task.Key, task.Attempt)
	if err != nil {
		return Payment{}, fmt.Errorf("charge %s: %w", b.Customer, err)
	}
	return Payment{ID: id, Cents: b.Total}, nil
}

// Mail is a message to a customer.
type Mail struct {
	To   string `json:"to"`
	Text string `json:"text"`
}

// Email tells the customer.
func Email(ctx context.Context, m Mail) (Mail, error) {
	flow.TaskFrom(ctx).Log.Info("customer told")
	return m, nil
}

// Ship tells the warehouse to send what was reserved.
func Ship(ctx context.Context, r Reservation) (map[string]any, error) {
	pieces := 0
	for _, line := range r.Lines {
		pieces += line.Quantity
	}
	return map[string]any{"parcel": reference("parcel", flow.TaskFrom(ctx).Key), "pieces": pieces}, nil
}
