import { TickpipeError } from './tickpipe-error.ts';

/**
 * A text that cannot be used as a value: of a flag, a variable, a key of the configuration file, an argument of a fault.
 * Its message says why and names no place. The caller knows the place and reports it with `at`.
 */
export class InvalidValue extends Error {
  override readonly name = 'InvalidValue';
  readonly hint: string | undefined;

  constructor(reason: string, hint?: string) {
    super(reason);
    this.hint = hint;
  }

  /** The same as an error with a code. @param place `--count`, `TICKPIPE_COUNT`, `config.json: profiles.a.count` */
  at(place: string, code: 'USAGE' | 'BAD_CONFIGURATION' = 'USAGE'): TickpipeError {
    return new TickpipeError(code, `${place}: ${this.message}`, { hint: this.hint });
  }
}
