// Package enginetest gives tests a real Docker engine: a client, a base image from nothing, names of their own, and the clean-up.
package enginetest
