#!/usr/bin/env node
import { existsSync, readFileSync, writeSync } from 'node:fs';

const ROOT = new URL('../', import.meta.url);
const MAIN = new URL('dist/main.js', ROOT);
const argv = process.argv.slice(2);

if (argv.length === 1 && argv[0] === '--version') {
  // Answered here: loading the program takes longer than Node itself.
  const { name, version } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'));
  print(`${name} ${version}\n`);
} else if (!existsSync(MAIN)) {
  process.stderr.write('error: tickpipe is not built yet\nhint: run npm run build in its folder\n');
  process.exitCode = 1;
} else {
  const { main } = await import(MAIN.href);
  await main();
}

/** Writes without opening `process.stdout`, which takes time. A closed or full pipe is left to it. */
function print(text) {
  try {
    writeSync(1, text);
  } catch (error) {
    if (error.code === 'EAGAIN') process.stdout.write(text);
    else if (error.code !== 'EPIPE') throw error;
  }
}
