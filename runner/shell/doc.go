// Package shell is the practice shell: the learner's own bash, zsh or fish on their own terminal, which tells before each prompt what
// was typed and waits until the lesson has said what there is to say.
//
// It knows no lesson and no engine. The shell's own files of configuration are read and never changed.
//
// Two processes of capas stand around it. The Keeper is the one that the learner started: it starts the lesson as its child, and the
// shell when the lesson asks for one, so that the shell outlives a lesson that dies. The lesson holds a Session.
package shell
