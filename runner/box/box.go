// Package box makes the practice base: a Linux image from nothing, of one static program that is a shell and its core utilities.
//
// It knows no lesson.
package box
