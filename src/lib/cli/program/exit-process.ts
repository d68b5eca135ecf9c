import { closeSync, fstatSync } from 'node:fs';
import { isatty } from 'node:tty';

const STANDARD_STREAMS = [0, 1, 2] as const;

/**
 * Ends the process. At its end Node restores the modes of the terminals that it found open, and aborts where that fails because the
 * terminal is gone, as after a window was closed (`ResetStdio` in Node's src/node.cc). What is closed it leaves alone.
 */
export function exitProcess(status: number): never {
  for (const descriptor of STANDARD_STREAMS) if (isGoneTerminal(descriptor)) closeSync(descriptor);
  process.exit(status);
}

/** A device that answers no more as a terminal: also the null device, which may be closed as well. */
function isGoneTerminal(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice() && !isatty(descriptor);
  } catch {
    // Closed already.
    return false;
  }
}
