package doctor

import (
	"github.com/docker/go-units"

	"capas/internal/message"
)

// Disk is how much room there is where something is kept, in bytes.
type Disk struct {
	Path        string
	Free, Total uint64
}

// full is less than what anything needs.
const full = 100 << 20

// judge says whether there is room: enough is what is wanted, in bytes.
func (d *Disk) judge(part Part, id string, enough uint64, found, remedy message.Text) Finding {
	switch {
	case d.Free < min(full, enough):
		return problem(part, id, found, remedy)
	case d.Free < enough:
		return warning(part, id, found, remedy)
	}
	return fine(part, id, found)
}

func (d *Disk) data() message.Data {
	return message.Data{"Path": d.Path, "Free": size(d.Free), "Total": size(d.Total)}
}

// size is a number of bytes as docker writes it: «1.2GB».
func size(bytes uint64) string { return units.HumanSize(float64(bytes)) }
