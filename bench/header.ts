import { cpus } from 'node:os';

/** Where and when figures were measured: they mean something only as ratios within one run. */
export function printHeader(): void {
  const [cpu] = cpus();
  const date = new Date().toISOString().slice(0, 10);
  console.log(`${cpu?.model ?? 'unknown CPU'} x ${cpus().length}, Node ${process.version}, ${date}\n`);
}
