// Package render turns Markdown into text for a terminal.
//
// It alone knows glamour.
package render
