import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Check, CheckResult } from '../../../src/lib/cli/doctor/check.ts';
import { Doctor, type DoctorFlags } from '../../../src/lib/cli/doctor/doctor.ts';
import { type Machine, thisMachine } from '../../../src/lib/cli/doctor/machine.ts';
import type { KnownFlags } from '../../../src/lib/cli/settings/config-contents.ts';
import type { Clock } from '../../../src/lib/clock/clock.ts';
import { systemClock } from '../../../src/lib/clock/clock.ts';
import type { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import { makeContext, makeProgram } from '../program/make-program.ts';

export const KNOWN_FLAGS: KnownFlags = new Map([
  ['format', 'option'],
  ['feed', 'option'],
  ['max-lag', 'option'],
  ['quiet', 'boolean'],
]);

export interface Setting {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly flags?: Partial<DoctorFlags>;
  readonly machine?: Partial<Machine>;
  readonly clock?: Clock;
  readonly root?: string;
  readonly faults?: readonly TickpipeError[];
  readonly signal?: AbortSignal;
}

/** An empty folder, gone after the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A doctor with a home of its own and nothing of this machine but what the test gives. */
export function makeDoctor({
  env,
  flags,
  machine,
  clock = systemClock,
  root = '.',
  faults = [],
  signal,
}: Setting = {}): Doctor {
  const program = makeProgram({ env: { HOME: makeFolder(), ...env }, clock, root });
  return new Doctor({
    flags: { feed: 'fyers', dir: 'recordings', ...flags },
    context: makeContext(program, signal),
    settings: {
      faults,
      knownFlags: KNOWN_FLAGS,
      commands: [],
      profile: { name: 'default', settings: new Map(), placeOf: (key) => key },
    },
    machine: { ...thisMachine, ...machine },
  });
}

/** What a check finds. Throws what it throws. */
export function examine({ run }: Check, doctor: Doctor): Promise<CheckResult> {
  return run(doctor, doctor.context.signal);
}
