// Package engine finds the Docker engine that the learner's own docker command uses, and says why one does not answer.
//
// It knows no lesson.
package engine
