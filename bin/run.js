#!/bin/sh
':' /* Read by sh, skipped by Node. Node resets the action of every signal and opens /dev/null in place of closed standard
# streams before any JavaScript runs. So sh looks first, at itself, and hands on what it saw, with the process id.
note_start() {
  closed=
  for fd in 0 1 2; do [ -e "/proc/$$/fd/$fd" ] || closed=$closed$fd; done
  # The 31st word behind the name is the mask of ignored signals.
  export TICKPIPE_STARTED="$$ ${31} $closed"
}
[ -r "/proc/$$/stat" ] && read -r stat < "/proc/$$/stat" && note_start ${stat##*")"}
exec node "$0" "$@"
*/;

const { existsSync, readFileSync, writeSync } = require('node:fs');
const path = require('node:path');

const ROOT = path.dirname(__dirname);
const START = path.join(ROOT, 'dist/start.cjs');
const argv = process.argv.slice(2);

// The version is answered here: loading the program takes longer than Node itself.
if (argv.length === 1 && argv[0] === '--version' && printVersion()) process.exitCode = 0;
// So is a shell that completes a line: a key press waits for it.
else if (argv[0] === 'internal' && argv[1] === 'complete') completeLine();
else if (existsSync(START)) startProgram();
else {
  process.stderr.write('error: tickpipe is not built yet\nhint: run npm run build in its folder\n');
  process.exitCode = 1;
}

function startProgram() {
  try {
    require(START).startProgram(ROOT);
  } catch (error) {
    endWithoutFiles(error);
  }
}

/** Whatever goes wrong, it prints nothing and ends with 0. */
function completeLine() {
  try {
    require(START).startCompletion(ROOT, argv[2]);
  } catch {
    // A message would stand in the middle of the line that is being typed.
  }
}

/** Writes without opening `process.stdout`, which takes time. False when it cannot: the program knows why, and says so. */
function printVersion() {
  if (/ 0?12?$/.test(process.env.TICKPIPE_STARTED ?? '')) return false;
  const { name, version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  try {
    writeSync(1, `${name} ${version}\n`);
  } catch (error) {
    return error.code === 'EPIPE';
  }
  return true;
}

/** What the program itself would say of any later file. */
function endWithoutFiles(error) {
  if (error.code !== 'EMFILE' && error.code !== 'ENFILE') throw error;
  try {
    writeSync(2, 'error: too many open files\nhint: raise the limit, as with ulimit -n 1024\n');
  } catch {
    // Nobody can be told.
  }
  process.exit(6);
}
