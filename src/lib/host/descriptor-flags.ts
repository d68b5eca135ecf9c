import { readFileSync } from 'node:fs';

/** With which flags a descriptor of this process was opened, as open(2) has them; undefined where only the kernel knows. */
export function readDescriptorFlags(
  fd: number,
  readFile: (file: string) => string = (file) => readFileSync(file, 'utf8'),
): number | undefined {
  try {
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFile(`/proc/self/fdinfo/${fd}`))?.[1];
    return flags === undefined ? undefined : Number.parseInt(flags, 8);
  } catch {
    return undefined;
  }
}
