# What scripts/setup and scripts/engines share: two languages, and installing what is missing, after asking. They set $goal, what
# make was asked for, and $packages, each after a blank.
#
#   YES=1 or CI=true   go on without asking
#
# shellcheck shell=sh
PATH=$PATH:/usr/sbin:/sbin

case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
es*) spanish=1 ;;
*) spanish=0 ;;
esac

# say SPANISH ENGLISH
say() {
	if [ $spanish = 1 ]; then printf '%s\n' "$1"; else printf '%s\n' "$2"; fi
}

# give_up SPANISH ENGLISH
give_up() {
	say "$@" >&2
	exit 3
}

have() { command -v "$1" >/dev/null 2>&1; }

# as_root COMMAND…
as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# agree asks before anything is changed.
agree() {
	if [ "${YES:-}" = 1 ] || [ "${CI:-}" = true ]; then return; fi
	if ! [ -t 0 ]; then
		give_up "No hay un terminal en el que preguntarte. Si estás de acuerdo, escribe: YES=1 make $goal" \
			"There is no terminal to ask you on. If you agree, type: YES=1 make $goal"
	fi
	if [ $spanish = 1 ]; then printf '¿Seguimos? [s/N] '; else printf 'Go on? [y/N] '; fi
	read -r reply || reply=
	case $reply in
	[sSyY]*) ;;
	*) give_up "De acuerdo: no se ha tocado nada." "All right: nothing was touched." ;;
	esac
}

install_packages() {
	as_root apt-get update -q || say "La lista de paquetes no se ha podido poner al día; probamos con la que hay." \
		"The list of packages could not be brought up to date; trying with the one that is there."
	# Newer systems keep the docker command in a package of its own.
	case $packages in
	*docker.io*) if apt-cache show docker-cli >/dev/null 2>&1; then packages="$packages docker-cli"; fi ;;
	esac
	# shellcheck disable=SC2086 # a list of words
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q $packages ||
		give_up "apt-get no ha podido instalar:$packages. Lo que ha dicho está justo encima." \
			"apt-get could not install:$packages. What it said is just above."
}
