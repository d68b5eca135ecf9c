import type { Config as Oclif } from '@oclif/core/config';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { knownFlagsOf } from '../command/base-command.ts';
import { isSecretKey, isSecretValue, SECRET_HINT, suggest } from '../settings/config-contents.ts';

/** Throws `USAGE` for what is no key of a profile: the nearest one is the hint. */
export function checkKey(key: string, oclif: Oclif): void {
  const known = knownFlagsOf(oclif);
  if (known.has(key)) return;
  if (isSecretValue(key)) throw new TickpipeError('USAGE', 'the key contains a token', { hint: SECRET_HINT });
  if (key === 'profile') {
    throw new TickpipeError('USAGE', 'the profile is no setting of a profile', {
      hint: 'tickpipe profile use NAME chooses one; tickpipe profile list lists them',
    });
  }
  if (isSecretKey(key, known)) {
    throw new TickpipeError('USAGE', `${quote(key)}: secrets are not allowed here`, { hint: SECRET_HINT });
  }
  throw new TickpipeError('USAGE', `unknown key ${quote(key)}`, {
    hint: suggest(key, known) ?? 'tickpipe help config lists the keys',
  });
}

/** Throws `USAGE` for a value that contains a token, without it. */
export function refuseSecretValue(key: string, text: string): void {
  if (isSecretValue(text)) {
    throw new TickpipeError('USAGE', `${key}: the value contains a token`, { hint: SECRET_HINT });
  }
}

function quote(key: string): string {
  return JSON.stringify(key.slice(0, 100));
}
