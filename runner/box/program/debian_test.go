//go:build linux

package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The test's own program is the shell and its utilities: called by another name than "program.test" it acts as main does.
func TestMain(m *testing.M) {
	if name := filepath.Base(os.Args[0]); !strings.HasSuffix(name, ".test") {
		main()
	}
	os.Exit(m.Run())
}

// bin is a folder in which every utility is the program under test.
func bin(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range append(keys(commands), "sh", "echo", "true", "false", "printf") {
		if err := os.Symlink(self, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func keys(m map[string]command) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// Every line is run in a small tree by Debian's dash and coreutils and by ours; what they print, their exit status and the tree
// afterwards must be the same. What find and "cp -rv" print is compared in sorted order: theirs is the file system's.
var debianLines = []string{
	// ls
	"ls", "ls -a", "ls -A", "ls -1", "ls -F", "ls -l a.txt", "ls -l", "ls -la sub", "ls -lh big", "ls -ln", "ls -R", "ls -d sub", "ls -ld sub tmp", "ls -r",
	"ls -S", "ls -t old new", "ls -lt old new", "ls sub empty", "ls a.txt sub", "ls link", "ls -l link", "ls linkdir", "ls -l linkdir/", "ls /nope", "ls a.txt /nope sub",
	"ls -C | expand", "ls --all", "ls -z", "ls --nope", "ls -lR sub", "ls empty", "ls -l empty", "ls -- -odd", "ls sub/*", "ls *.none", "ls -F sub a.txt run.sh", "ls -lF",
	// cat
	"cat a.txt", "cat a.txt big", "cat -n lines", "cat -b lines", "cat -E lines", "cat -A lines", "cat -s lines", "cat -T lines", "cat /nope", "cat a.txt nope a.txt",
	"cat sub", "cat < a.txt", "echo hola | cat - a.txt", "cat -x a.txt",
	// touch
	"touch n", "touch n m", "touch a.txt", "touch -c n", "touch nope/n", "touch sub", "touch -r old n", "touch", "touch -z n",
	// mkdir
	"mkdir d", "mkdir sub", "mkdir a.txt", "mkdir d/e/f", "mkdir -p d/e/f", "mkdir -p sub", "mkdir -p a.txt", "mkdir -p a.txt/x", "mkdir -pv d/e sub/x", "mkdir -m 700 d", "mkdir -m u=rwx,go= d",
	"mkdir -v d", "mkdir -p /tmp", "mkdir -m zz d", "mkdir", "mkdir d/", "mkdir -p d//e/",
	// cp
	"cp a.txt b", "cp a.txt sub", "cp a.txt big sub", "cp -r sub copy", "cp -r sub empty", "cp -R sub/ copy", "cp sub copy", "cp nope b", "cp a.txt nope/b", "cp a.txt a.txt", "cp a.txt big nope",
	"cp a.txt big run.sh", "cp -v a.txt b", "cp -rv sub copy", "cp -p old b", "cp -a sub copy", "cp -a link copy", "cp link copy", "cp -r link copy", "cp -rL linkdir copy", "cp -n a.txt big", "cp", "cp a.txt",
	"cp run.sh b", "cp a.txt run.sh", "cp -r a.txt sub copy2", "cp a.txt nope big sub", "cp -r sub a.txt", "cp sub/c a.txt empty", "cp -z a b", "cp .hidden empty",
	"cp -r tmp copy", "cp -T a.txt b",
	// mv
	"mv a.txt b", "mv a.txt sub", "mv a.txt big sub", "mv sub moved", "mv sub empty", "mv nope b", "mv a.txt nope/b", "mv a.txt a.txt", "mv sub sub/x", "mv sub a.txt", "mv -v a.txt b", "mv -n a.txt big",
	"mv a.txt big nope", "mv link b", "mv", "mv a.txt", "mv -f a.txt big", "mv c nope sub", "mv sub/c sub/deep .",
	// rm
	"rm a.txt", "rm nope", "rm -f nope", "rm sub", "rm -r sub", "rm -rf sub nope", "rm -R sub", "rm -d empty", "rm -d sub", "rm -v a.txt", "rm -rv sub", "rm", "rm -f", "rm -r . ..", "rm -r /",
	"rm link linkdir", "rm a.txt nope big", "rm -z a.txt", "rm -- -odd", "rm a.txt/x", "rm -f a.txt/x", "rm -r linkdir/",
	// chmod
	"chmod 600 a.txt", "chmod 1777 sub", "chmod 4755 run.sh", "chmod 2775 sub && chmod 755 sub", "chmod 00755 sub", "chmod u+x a.txt", "chmod +x a.txt", "chmod -x run.sh", "chmod go-rwx a.txt", "chmod a=r a.txt",
	"chmod u=rwx,g=rx,o= a.txt", "chmod g=u a.txt", "chmod o+t sub", "chmod u+s,g+s run.sh", "chmod -R 700 sub", "chmod -R go-rX sub", "chmod -R a+X sub", "chmod 888 a.txt", "chmod zz a.txt", "chmod 644 nope",
	"chmod 644", "chmod", "chmod -v 600 a.txt", "chmod -v 644 a.txt", "chmod 99999 a.txt", "chmod -f 644 nope", "chmod u+ a.txt", "chmod = a.txt", "chmod +t,u-w tmp", "chmod u=g+x a.txt", "chmod --recursive 700 sub",
	"chmod 755 a.txt nope run.sh", "chmod -R 755 linkdir", "chmod 600 link",
	// chown
	"chown www-data a.txt; ls -l a.txt", "chown www-data:www-data a.txt && ls -l a.txt", "chown :www-data a.txt; ls -l a.txt", "chown www-data: a.txt; ls -l a.txt", "chown 33:4321 a.txt; ls -l a.txt", "chown +33 a.txt; ls -ln a.txt",
	"chown -R www-data:www-data sub && ls -lR sub", "chown -R www-data linkdir; ls -l linkdir; ls -ld sub", "chown www-data link; ls -l link a.txt", "chown -h www-data link; ls -l link a.txt", "chown -v www-data:www-data a.txt", "chown -v root a.txt",
	"chown -v :0 a.txt", "chown -Rv 1:1 sub/deep", "chown -v www-data: a.txt", "chown", "chown root", "chown nadie a.txt", "chown nadie:nadie a.txt", "chown root:nadie a.txt", "chown :nadie a.txt", "chown 99999999999 a.txt", "chown root nope a.txt", "chown -f root nope",
	"chown root sub/broken", "chown -z root a.txt", "chown --recursive www-data sub; ls -ld sub sub/deep", "chown 4294967295 a.txt", "chown 1234: a.txt", "chown : a.txt",
	// id, whoami
	"id", "id -u", "id -un", "id -g", "id -gn", "id -G", "id -nG", "id -ur", "id root", "id www-data nadie root", "id 33", "id -u www-data", "id -n", "id -r", "id -ug", "id --user --name", "whoami", "whoami x", "whoami -z",
	// env, printenv
	"env | grep -v ^PATH= | grep -v ^PWD= | sort", "env A=1 sh -c 'echo $A'", "env A=1 A=2 printenv A", "env -i A=1 B='2 3'", "env -u HOME printenv HOME", "env -i printenv", "env - A=1", "env --unset=HOME printenv HOME", "env nope", "env ./a.txt", "env A", "env -z", "env -u", "env -u A=",
	"env -- A=1 printenv A", "env sh -c 'exit 3'", "env ls -l a.txt", "PATH= env", "printenv HOME", "printenv HOME NOPE LC_ALL", "printenv -z", "A= printenv A", "export A='x y'; printenv A", "printenv | grep ^LC",
	// find
	"find", "find .", "find sub", "find sub empty", "find . -name '*.txt'", "find . -iname 'A*'", "find . -type d", "find . -type f", "find . -type l", "find . -type f,l", "find . -maxdepth 1", "find . -mindepth 2",
	"find . -name c -o -name d", `find . \( -name c -o -name d \) -type f`, "find . ! -name '*.txt' -type f", "find . -not -type d", "find . -empty", "find . -size +1k", "find . -size -2", "find . -size 5c",
	"find . -perm 755", "find . -perm -100", "find . -perm /111", "find . -newer old", "find sub -delete", "find . -name c -print", "find . -name c -print0", `find sub -type f -exec cat {} \;`, "find . -name '*.txt' -exec echo {} +",
	"find nope", "find sub nope", "find . -nope", "find . -name", "find . -type x", "find sub/", "find . -path './sub/*'", "find sub -depth", "find . -name sub -prune -o -type f -print", "find . -name '.*'", "find /nope -type f",
	"find . -type f | xargs cat",
	// base64, sums
	"base64 a.txt", "base64 big", "base64 -w 4 a.txt", "base64 -w0 big", "base64 --wrap=10 big", "base64 < a.txt", "base64 - < a.txt", "base64 big | base64 -d", "base64 nope", "base64 sub", "base64 -d nope", "echo '!!' | base64 -d", "echo aG9sYQo= | base64 --decode", "base64 a.txt big", "base64 -z", "base64 -w x a.txt",
	"shasum a.txt", "shasum -a 256 a.txt big", "shasum -a 512 a.txt", "sha256sum a.txt", "sha256sum < a.txt", "shasum nope a.txt", "sha256sum nope", "sha256sum a.txt big > sums; sha256sum -c sums", "sha256sum a.txt > sums; echo x > a.txt; sha256sum -c sums", "shasum a.txt > sums; shasum -c sums", "sha256sum -c nope", "sha256sum -z9",
	// gzip, tar
	"gzip a.txt; ls; gunzip a.txt.gz; ls; cat a.txt", "gzip -k a.txt && ls && gunzip -c a.txt.gz && rm a.txt.gz", "gzip -c big | gunzip", "gzip -9 < big | gzip -d", "gzip nope", "gzip sub", "gunzip nope", "gunzip a.txt", "gzip -d a.txt", "gzip -kf a.txt; gzip -k a.txt; rm a.txt.gz", "gzip -dc a.txt", "gunzip < a.txt",
	"gzip -k run.sh; gzip -t run.sh.gz; ls -l run.sh* | cut -c1-10; rm run.sh.gz", "gzip -f a.txt; gzip a.txt.gz; gunzip a.txt", "gzip -z a.txt", "gzip -c a.txt | head -c 5 | gunzip",
	"tar cf t.tar a.txt sub; tar tf t.tar | sort; rm t.tar", "tar czf t.tgz sub link && rm -r sub && tar xzf t.tgz && rm t.tgz", "tar -cvf t.tar a.txt; rm t.tar", "tar cvf t.tar sub | sort; rm t.tar", "tar -c -f t.tar run.sh tmp; tar -tvf t.tar; rm t.tar", "tar cf t.tar link linkdir; tar tvf t.tar; rm t.tar",
	"tar cf t.tar -C sub c deep; tar tf t.tar; tar xf t.tar -C empty; rm t.tar", "tar cf - sub | tar xf - -C empty", "tar cz sub | tar xzv -C empty | sort", "tar cf t.tar sub; tar xf t.tar sub/c; tar xvf t.tar sub/deep; rm t.tar", "tar cf t.tar a.txt; tar xf t.tar nope; rm t.tar", "tar xf nope", "tar tf nope", "tar cf t nope; rm t", "tar cf t a.txt nope; tar tf t; rm t",
	"tar", "tar cf t", "tar cxf t a.txt", "tar xf a.txt", "tar xf t.tar -C nope", "tar cf t.tar sub/deep/d; tar xf t.tar --strip-components=2; rm t.tar", "tar cf nope/t a.txt", "tar --create --file=t.tar old; tar --list --verbose --file=t.tar; rm t.tar", "tar -Z", "tar cPf t.tar a.txt; rm t.tar", "mkdir d; tar cf d/t.tar d; rm d/t.tar",
	// mktemp, xargs, pwd
	"f=$(mktemp) && test -f $f && rm $f", "d=$(mktemp -d) && rmdir $d 2>n || rm -r $d; rm -f n", "f=$(mktemp x.XXXXXX); echo ${#f}; ls -l $f | cut -c1-10; rm $f", "f=$(mktemp -d x.XXX); ls -ld $f | cut -c1-10; rm -r $f", "f=$(mktemp -p sub); rm sub/tmp.*", "f=$(mktemp -p sub x.XXX); rm $f", "mktemp x.XX", "mktemp nope/x.XXX", "mktemp -d nope/x.XXX", "mktemp a.XXX b.XXX", "mktemp -z", "mktemp -q nope/x.XXX",
	"echo a b | xargs", "echo a b c | xargs -n 2 echo x", "printf 'a b\nc\n' | xargs -I{} echo '<{}>'", "printf 'a b\\0c' | xargs -0 -n1 echo", "echo 'a \"b c\" d\\ e' | xargs -n1 echo", "echo | xargs echo x", "echo | xargs -r echo x", "echo a | xargs nope", "echo a | xargs false", "echo a | xargs sh -c 'exit 255'", "echo a | xargs ./a.txt",
	"echo a | xargs -z", "echo a | xargs -t echo", "echo \"a'b\" | xargs", "printf 'a,b' | xargs -d , -n1", "echo a | xargs -n x", "find sub -type f | xargs ls -l", "ls | xargs -n3", "echo a.txt | xargs cat -n", "echo a | xargs -n1 -- echo",
	"env pwd | grep -c .", "env pwd -P | grep -c .", "cd linkdir; env pwd -L | grep -o '[a-z]*$'; env pwd | grep -o '[a-z]*$'", "env pwd -x", "env pwd x | grep -c .",
	// head, tail, wc
	"head lines", "head -n 2 lines", "head -2 lines", "head -n2 a.txt lines", "head -n -2 lines", "head -n -9 lines", "head -c 3 a.txt", "head -c3 a.txt big", "head -c -2 a.txt", "head -q -n1 a.txt lines", "head -v a.txt", "head nope", "head a.txt nope lines",
	"head sub", "head -n x a.txt", "head -n 0 a.txt", "cat lines | head -n 1", "head - < a.txt", "head --lines=1 lines", "head -Q a.txt", "head -n", "cat big big | head -c 10",
	"tail lines", "tail -n 2 lines", "tail -2 lines", "tail -n +2 lines", "tail -n +1 lines", "tail -n +0 lines", "tail -n +99 lines", "tail -c 3 a.txt", "tail -c +3 a.txt", "tail -n1 a.txt lines", "tail -q -n1 a.txt lines", "tail nope", "tail a.txt nope",
	"tail sub", "tail -n x a.txt", "tail -n 0 a.txt", "cat lines | tail -n 1", "tail --lines=1 lines", "tail -Q a.txt", "tail -n 3 lines big", "seq 30 | tail | head -n 2", "seq 5 | tail -n 1",
	"tail -f a.txt > n & p=$!; until test -s n; do sleep 0.1; done; echo more >> a.txt; until grep -q more n; do sleep 0.1; done; kill $p; cat n",
	"wc a.txt", "wc lines", "wc big", "wc a.txt lines big", "wc -l lines", "wc -w lines", "wc -c a.txt", "wc -m a.txt", "wc -lw lines", "wc -cl a.txt", "wc -l a.txt lines", "wc < a.txt", "cat a.txt | wc", "cat a.txt | wc -l", "wc -l < lines", "wc nope", "wc a.txt nope",
	"wc sub", "wc a.txt sub", "wc -Q a.txt", "wc --lines a.txt", "ls | wc -l", "wc - < a.txt", "wc -l sub/c sub/deep/d",
	// sort
	"sort lines", "sort -r lines", "printf '10\n9\n-1\nx\n2.5\n' | sort -n", "printf '10\n9\n-1\nx\n2.5\n' | sort -nr", "printf 'b\na\nb\n' | sort -u", "printf 'b\nA\na\nB\n' | sort -f", "printf 'b\nA\na\nB\n' | sort", "printf 'b\nA\na\nB\n' | sort -fu",
	"printf 'x 3\ny 1\nz 2\n' | sort -k2", "printf 'x 30\ny 1\nz 2\n' | sort -k2n", "printf 'x 30\ny 1\nz 2\n' | sort -k 2,2nr", "printf 'a:3:x\nb:1:y\nc:2:z\n' | sort -t: -k2", "printf 'a:3\nb:1\na:1\n' | sort -t : -k1,1 -k2,2n", "printf '  b\n a\nc\n' | sort", "printf '  b\n a\nc\n' | sort -b",
	"sort a.txt lines", "sort nope", "sort a.txt nope", "sort sub", "sort -Q a.txt", "sort -o n lines; cat n", "sort -o lines lines; cat lines", "sort --reverse --unique lines", "sort -k0 a.txt", "printf 'a' | sort", "printf 'b 1\na 1\n' | sort -k2,2", "printf 'b 1\na 1\n' | sort -s -k2,2", "printf 'b 1\na 1\n' | sort -r -k2,2", "ls | sort -r | head -n 3",
	// grep
	"grep hola a.txt", "grep nope a.txt", "grep o a.txt lines", "grep -n o lines", "grep -c o lines", "grep -v o lines", "grep -i HOLA a.txt", "grep -l o a.txt lines big", "grep -L o a.txt lines big", "grep -q hola a.txt; echo $?", "grep -q nada a.txt; echo $?", "grep -o 'o' lines", "grep -on '[a-z]s' lines",
	"grep -w uno lines", "grep -w un lines", "grep -x uno lines", "grep -x un lines", "grep -h o a.txt lines", "grep -H o a.txt", "grep -F 'a.txt' a.txt; echo $?", "grep -E 'uno|tres' lines", "grep 'uno|tres' lines", "grep 'uno\\|tres' lines", "grep -E '^(u|t)' lines", "grep '^t' lines", "grep 's$' lines", "grep -E 'o{1}' lines", "grep 'o\\{1\\}' lines",
	"grep '[[:space:]]' lines", "grep '[^a-z]' lines", "grep '[]x]' a.txt big | head -c 5", "grep . lines", "grep -c '' lines", "grep '' a.txt", "grep '\\.' lines", "grep '*' lines", "grep -e uno -e tres lines", "grep -e -odd lines", "grep -A1 uno lines", "grep -B1 dos lines", "grep -C1 -n dos lines", "seq 20 | grep -A1 -B1 5", "seq 30 | grep -n -C1 '5$'",
	"seq 20 | grep -m2 1", "cat a.txt | grep hola", "echo a | grep a - a.txt", "grep -H a < a.txt", "grep o nope a.txt", "grep -s o nope a.txt; echo $?", "grep -q hola a.txt nope; echo $?", "grep o sub", "grep c sub a.txt", "grep -r c sub | sort", "grep -rl . sub | sort", "grep -rn d sub", "grep -r hola | sort", "grep -r hola . | sort", "grep -rh c sub/c", "grep -r hola link",
	"grep", "grep -Q a a.txt", "grep -A x a a.txt", "grep -m x a a.txt", "printf 'a\\0b\n' > n; grep b n; grep -c b n", "ls | grep txt", "env | grep -c HOME", "grep -iv HOLA a.txt; echo $?", "grep -vc o lines", "grep --ignore-case --line-number UNO lines", "grep \"$(printf 'uno\ntres')\" lines", "grep '\\<un' lines", "grep -o 'u.*o' lines", "grep -E 'a+b?' a.txt", "grep 'a+' a.txt; echo $?",
	// the shell and what it has built in
	"echo hola; echo -n x; echo", "pwd -P | grep -c .", "true", "false", "false || echo no", "set -e; false; echo not here", "exit 7", "(exit 3); echo $?", "nope", "./nope", "./a.txt", "./run.sh uno", "./bare.sh dos",
	"for i in 1 2 3; do echo $i; done", "x=5; echo $((x*2)) ${x} \"$x\"", "cat <<E\nhola $((1+1))\nE", "if test -f a.txt; then echo yes; fi", "[ -d sub ] && echo dir", "echo a > n && cat n", "echo a >> a.txt; cat a.txt",
	"ls /nope 2>/dev/null; echo $?", "printf '%s-%03d\\n' a 7", "f() { echo in $1; }; f x", "cat old new | while read l; do echo \"<$l>\"; done", "cd sub && ls", "cd nope || echo no", "x=$(cat a.txt); echo $x", "sleep 0; echo $?",
	"sleep x", "sleep", "trap 'echo bye' EXIT; echo hi", "export A=1; sh -c 'echo $A'", "A=2 sh -c 'echo $A $0 $1' name arg", "unset A; echo ${A:-none}", "case abc in a*) echo a;; *) echo other;; esac", "sh nope.sh", "sh ./bare.sh tres",
	"echo one; echo two >&2", "sh -c 'kill -INT $$'; echo $?", "! true; echo $?", "echo $(( 7 / 2 )) $(( 7 % 2 ))", "PATH=.:$PATH; a.txt", "echo \"a b\"   c", "set -- a b; echo $# $2", "eval 'echo e'",
	"sleep 100 & kill $!; wait $!; echo $?", "(exit 3) & wait $!; echo $?", "x=1; f() { echo $x $1; }; f a & wait; echo $?", "echo a | cat & wait", "false & true & wait; echo $?", "sleep 0 & wait 1; echo $?",
	"trap 'echo got' USR1; kill -USR1 $$; echo after", "trap 'echo got; exit 5' TERM; kill $$; echo no", "trap '' TERM; kill -TERM $$; echo alive", "trap 'echo a' INT; trap - INT; kill -INT $$; echo no",
	"trap 'echo t' TERM; sleep 100 > n 2>&1 & p=$!; (sleep 0.2; kill $$) & wait $p; echo $?; kill $p", "trap 'echo \"it'\"'\"'s\"' HUP; trap", "trap x NOPE", "trap 'echo bye; exit 4' EXIT; false", "trap 'echo $?' EXIT; exit 6", "kill -TERM 999999999", "kill", "kill x",
	"umask", "umask 077; touch n; umask; umask -S", "umask 9", "exec ls -l a.txt; echo no", "exec nope; echo no", "(exec false); echo $?", "exec > n; echo in", "exec cat < a.txt", "exec 2>&1; ls nope", "echo $(exec echo a) b",
	"sh -x -c 'x=1; echo $x; ls a.txt'", "sh -e -c 'false; echo no'", "sh -c", "sh -q", "sh -ec 'ls nope; echo no'", "sh -u -c 'echo $nope' || echo no", "printf 'echo $0 $1\nexit 4' > s; sh s x; echo $?", "cat < nope || echo no", "echo > sub || echo no", "echo > nope/x || echo no", "cd sub; pwd -P | grep -o sub", "cd; pwd", "cd sub && cd .. && cd - | grep -o sub",
	"ls | grep -c .", "echo *.txt '*' \"*\"", "echo [ab]*.t?t", "echo ${x:-d} ${x:=e} $x ${x#e} ${#x}", "while read l; do echo $l; done < lines", "until false; do break; done; echo ok", "echo a && echo b || echo c; false || echo d", "{ echo a; echo b; } | cat -n", "command -v ls > n; test -s n && rm n", ". ./bare.sh", ". ./nope.sh; echo no",
}

// notTheSame are lines whose words on standard error may differ; everything else of them must not.
var notTheSame = map[string]bool{
	"gzip -z a.txt": true, "sha256sum -z9": true, "tar -Z": true, "echo a | xargs -n x": true, "gzip -c a.txt | head -c 5 | gunzip": true,
	"grep -Q a a.txt":    true,
	"exec nope; echo no": true, "trap x NOPE": true, "sh -c": true, "kill": true, "kill x": true, "kill -TERM 999999999": true, "umask 9": true, "sleep 0 & wait 1; echo $?": true, "sh -q": true, "sh -u -c 'echo $nope' || echo no": true,
	"cat < nope || echo no": true, "echo > sub || echo no": true, "echo > nope/x || echo no": true, ". ./nope.sh; echo no": true,
	"nope": true, "./nope": true, "./a.txt": true, "sh nope.sh": true, "cd nope || echo no": true,
}

func TestLikeDebian(t *testing.T) {
	debian := debianBin(t)
	ours := bin(t)
	seed := filepath.Join(t.TempDir(), "seed")
	plant(t, seed)
	if len(debianLines) == 0 {
		t.Fatal("found no lines")
	}
	for _, line := range debianLines {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			want := runLine(t, seed, debian, "/bin/dash", line)
			got := runLine(t, seed, ours+":"+debian, filepath.Join(ours, "sh"), line)
			if notTheSame[line] {
				got.stderr, want.stderr = fmt.Sprint(got.stderr != ""), fmt.Sprint(want.stderr != "")
			}
			for _, part := range []struct{ name, got, want string }{
				{"stdout", got.stdout, want.stdout}, {"stderr", got.stderr, want.stderr},
				{"exit", got.exit, want.exit}, {"tree", got.tree, want.tree},
			} {
				if part.got != part.want {
					t.Errorf("%s\ngot:\n%s\nDebian:\n%s", part.name, without(part.got, part.want), without(part.want, part.got))
				}
			}
		})
	}
}

// debianBin is where the system's own utilities are, when they are GNU's and dash is there to run them.
func debianBin(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("/bin/ls", "--version").Output()
	if _, dashErr := os.Stat("/bin/dash"); err != nil || dashErr != nil || !bytes.Contains(out, []byte("GNU coreutils")) {
		t.Skip("needs dash and the GNU coreutils to compare with")
	}
	return "/usr/bin:/bin"
}

// without leaves the lines of a text that another does not have.
func without(text, other string) string {
	theirs := strings.Split(other, "\n")
	lines := slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return slices.Contains(theirs, l) })
	return strings.Join(lines, "\n")
}

type outcome struct{ stdout, stderr, exit, tree string }

func runLine(t *testing.T, seed, path, sh, line string) outcome {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "w")
	if out, err := exec.Command("/bin/cp", "-a", seed, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(sh, "-c", line)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + path, "LC_ALL=C", "HOME=/", "TZ=UTC"}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, ended := err.(*exec.ExitError); err != nil && !ended {
		t.Fatal(err)
	}
	exit := fmt.Sprint(cmd.ProcessState)
	for words, number := range map[string]string{"signal: terminated": "exit status 143", "signal: interrupt": "exit status 130"} {
		exit = strings.Replace(exit, words, number, 1)
	}
	o := outcome{stdout: stdout.String(), stderr: stderr.String(), exit: exit, tree: treeOf(t, dir)}
	if strings.HasPrefix(line, "find") || strings.HasPrefix(line, "cp -rv") {
		sep := "\n"
		if strings.Contains(line, "-print0") {
			sep = "\x00"
		}
		o.stdout = sorted(o.stdout, sep)
	}
	// dash says the number of the line, and the name of the file that it runs
	for _, prefix := range []string{sh + ": 1: ", "sh: 1: ", "sh: "} {
		o.stderr = strings.ReplaceAll(o.stderr, prefix, "")
	}
	return o
}

func sorted(text, sep string) string {
	parts := strings.Split(text, sep)
	slices.SortFunc(parts, cmp.Compare[string])
	return strings.Join(parts, sep)
}

// plant makes the tree that every line begins with a copy of.
func plant(t *testing.T, dir string) {
	t.Helper()
	script := `umask 022; mkdir -p "$1" && cd "$1" && mkdir -p sub/deep empty tmp && chmod 1777 tmp
		echo hola > a.txt; echo nothidden > .hidden; printf 'uno\n\n\n\tdos\ntres' > lines; echo c > sub/c; echo d > sub/deep/d; : > -odd
		head -c 5000 /dev/zero | tr '\0' x > big; echo >> big; printf '#!/bin/sh\necho run "$1"\n' > run.sh; printf 'echo bare "$1"\n' > bare.sh; chmod 755 run.sh bare.sh
		ln -s a.txt link; ln -s sub linkdir; ln -s nowhere sub/broken
		echo o > old; echo n > new; find . -exec touch -h -d '2025-06-01 12:00' {} +; touch -d '2020-02-03 04:05' old`
	if out, err := exec.Command("/bin/dash", "-c", script, "sh", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// treeOf tells names, modes, contents and the years of files.
func treeOf(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		fmt.Fprintf(&b, "%s %s %d", rel, info.Mode(), info.ModTime().Year())
		if info.Mode().IsRegular() {
			text, _ := os.ReadFile(path)
			fmt.Fprintf(&b, " %.40q", text)
		} else if target, err := os.Readlink(path); err == nil {
			fmt.Fprintf(&b, " -> %s", target)
		}
		b.WriteString("\n")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCopyIntoItselfIsRefused(t *testing.T) {
	ours, seed := bin(t), filepath.Join(t.TempDir(), "seed")
	plant(t, seed)
	before := treeOf(t, seed)
	for _, to := range []string{"sub", "sub/x"} {
		got := runLine(t, seed, ours, filepath.Join(ours, "sh"), "cp -r sub "+to)
		if got.exit != "exit status 1" || !strings.Contains(got.stderr, "into itself") || got.tree != before {
			t.Errorf("cp -r sub %s: %+v", to, got)
		}
	}
}
