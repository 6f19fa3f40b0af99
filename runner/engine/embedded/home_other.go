//go:build !linux

package embedded

import (
	"context"

	"capas/internal/message"
)

// Member is a program that uses the engine of a home.
type Member struct{}

// Leave does nothing.
func (*Member) Leave() error { return nil }

// Serving is how an engine is served.
type Serving struct {
	Stay, Inside bool
	Ready        func()
}

// InsideFlag is an argument of Linux.
const InsideFlag = "--inside"

func (Home) Host() string                          { return "" }
func (Home) Join(context.Context) (*Member, error) { return nil, NotHereError{} }
func (Home) Serve(context.Context, Serving) error  { return NotHereError{} }
func (Home) Status() (Status, error)               { return Status{}, NotHereError{} }
func (Home) Stop(context.Context) (bool, error)    { return false, NotHereError{} }
func (Home) Reset(context.Context, bool) error     { return NotHereError{} }

// Able is for Linux.
func Able() *message.Advice { return nil }

// Init has nothing to do here.
func Init() {}
