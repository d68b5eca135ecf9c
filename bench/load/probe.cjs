/*
 * Loaded before the program: notes the memory of this process once a second. A hub that the program starts gets it, too, with the
 * flags of Node. The notes are `memory-<pid>.json` in the home directory.
 */
const { renameSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const file = path.join(process.env.HOME ?? '/tmp', `memory-${process.pid}.json`);
const role = process.argv[3] === 'hub' ? 'hub' : 'command';
const samples = [];

setInterval(() => {
  samples.push(process.memoryUsage());
  // Renamed, so that nobody reads half of it.
  writeFileSync(`${file}.new`, JSON.stringify({ role, pid: process.pid, samples }));
  renameSync(`${file}.new`, file);
}, 1_000).unref();
