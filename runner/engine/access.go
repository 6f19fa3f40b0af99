package engine

// Access is what lets a user talk to an engine, as far as its socket tells. Of an engine elsewhere it tells nothing.
type Access struct {
	Root     bool   // they are root, who may do everything
	Owner    bool   // the socket is theirs
	Group    string // the group of the socket; "" where there is no socket
	Member   bool   // they are in it
	Everyone bool   // every user of the machine may
}
