package flowcdk

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	ratePattern = regexp.MustCompile(`^rate\(([1-9][0-9]{0,5}) (minute|hour|day)(s?)\)$`)
	cronPattern = regexp.MustCompile(`^cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)$`)
)

var errExpression = errors.New("must be rate(N minutes|hours|days), rate(1 minute|hour|day), or cron(MINUTES HOURS DAY MONTH WEEKDAY YEAR) with ? for one of the days")

// checkExpression finds errors with which a deployment would only fail at its end.
func checkExpression(expression string) error {
	if rate := ratePattern.FindStringSubmatch(expression); rate != nil {
		if (rate[1] == "1") != (rate[3] == "") {
			return errExpression
		}
		return nil
	}
	cron := cronPattern.FindStringSubmatch(expression)
	if cron == nil || (cron[3] == "?") == (cron[5] == "?") {
		return errExpression
	}
	var errs []error
	for i, f := range cronFields {
		if err := f.check(cron[i+1]); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) == 0 {
		errs = append(errs, checkDays(cron[3], cron[4]))
	}
	return errors.Join(errs...)
}

// cronField is one of the six fields of a cron expression.
type cronField struct {
	name      string
	low, high int
	names     []string       // of the values from low on
	special   *regexp.Regexp // other forms of one element
}

var (
	months   = strings.Fields("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC")
	weekdays = strings.Fields("SUN MON TUE WED THU FRI SAT")

	cronFields = []cronField{
		{name: "minute", low: 0, high: 59},
		{name: "hour", low: 0, high: 23},
		{name: "day", low: 1, high: 31, special: regexp.MustCompile(`^(\?|L|LW|L-([1-9]|[12][0-9]|30)|([1-9]|[12][0-9]|3[01])W)$`)},
		{name: "month", low: 1, high: 12, names: months},
		{name: "weekday", low: 1, high: 7, names: weekdays, special: regexp.MustCompile(`^(\?|L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5]))$`)},
		{name: "year", low: 1970, high: 2199},
	}
)

// check checks a list of elements: values, ranges, steps, and the field's own forms.
func (f cronField) check(text string) error {
	for element := range strings.SplitSeq(text, ",") {
		if f.special != nil && f.special.MatchString(element) {
			continue
		}
		set, step, hasStep := strings.Cut(element, "/")
		if n, err := strconv.Atoi(step); hasStep && (err != nil || n < 1 || n > f.high) {
			return f.wrong(element)
		}
		if set == "*" {
			continue
		}
		first, last, isRange := strings.Cut(set, "-")
		if !f.has(first) || isRange && !f.has(last) {
			return f.wrong(element)
		}
	}
	return nil
}

func (f cronField) wrong(element string) error {
	return fmt.Errorf("%s %q: must be %d to %d, *, a list, a range or a step of them", f.name, element, f.low, f.high)
}

func (f cronField) has(text string) bool {
	_, ok := f.value(text)
	return ok
}

// value returns the number of a value, which may have a name.
func (f cronField) value(text string) (int, bool) {
	if i := slices.Index(f.names, text); i >= 0 {
		return f.low + i, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= f.low && n <= f.high && text[0] != '+'
}

// longest are the days of each month, at most.
var longest = []int{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// checkDays finds plain days that none of some plain months has.
func checkDays(day, month string) error {
	most := 0
	for text := range strings.SplitSeq(month, ",") {
		m, ok := cronFields[3].value(text)
		if !ok {
			return nil
		}
		most = max(most, longest[m-1])
	}
	for text := range strings.SplitSeq(day, ",") {
		if d, ok := cronFields[2].value(text); !ok || d <= most {
			return nil
		}
	}
	return fmt.Errorf("day %q: month %q has no such day", day, month)
}
