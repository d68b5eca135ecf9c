/* All benchmarks, as `npm run bench` runs them. Ends with 1 when one of them misses its least ratio. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from '../scripts/build.ts';
import { benchDelay } from './delay.ts';
import { benchEndToEnd } from './end-to-end.ts';
import { printHeader } from './header.ts';
import { benchFanOut } from './hub-fan-out.ts';
import { benchRecord } from './record.ts';
import { benchRecordMinute } from './record-minute.ts';
import { benchStartup } from './startup.ts';
import { benchSymbolMaster } from './symbol-master.ts';

await build();
printHeader();
const fast = await benchEndToEnd();
console.log();
const kept = await benchRecord();
console.log();
const lossless = await benchRecordMinute();
console.log();
const prompt = benchStartup();
console.log();
const fair = await benchFanOut();
console.log();
await benchDelay();
console.log();
const listed = await benchSymbolMaster();
console.log();
// In a process of its own: it measures this process's heap and compiler, too.
const encode = fileURLToPath(new URL('encode.ts', import.meta.url));
const { status } = spawnSync(process.execPath, ['--import', 'tsx', encode], { stdio: 'inherit' });
process.exitCode = fast && kept && lossless && prompt && fair && listed && status === 0 ? 0 : 1;
