//go:build !windows

package engine

func unset(name string) string { return "unset " + name }

func export(name, value string) string { return "export " + name + "=" + value }
