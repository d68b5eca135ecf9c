import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { describeInputFailure, readText, wasAborted } from '../../host/read-input.ts';
import type { HubFlags } from '../command/flag-groups.ts';
import type { CommandContext } from '../program/program.ts';

const VARIABLE = 'TICKPIPE_HUB_TOKEN';
const MAX_FILE_BYTES = 65_536;
/** Characters that a header allows, and enough of them that the token cannot be guessed. */
const TOKEN = /^[\w.~+/=-]{16,512}$/;

/**
 * The bearer token of a hub from the file, else from the environment; undefined without either. Throws `BAD_CONFIGURATION`, or as
 * `readInput` when the signal is aborted.
 */
export async function readHubToken(
  { 'hub-token-file': file }: HubFlags,
  { program, signal }: CommandContext,
): Promise<string | undefined> {
  const text = (file === undefined ? program.env[VARIABLE] : await readTokenText(file, signal))?.trim();
  if (file === undefined && (text === undefined || text === '')) return undefined;
  if (text !== undefined && TOKEN.test(text)) return text;
  const place = file === undefined ? VARIABLE : '--hub-token-file';
  throw new TickpipeError('BAD_CONFIGURATION', `${place}: a bearer token has 16 to 512 letters, digits or -._~+/=`, {
    hint: 'make one with: openssl rand -hex 24',
  });
}

async function readTokenText(file: string, signal: AbortSignal): Promise<string> {
  try {
    return (await readText(file, { maxBytes: MAX_FILE_BYTES, signal })).text;
  } catch (error) {
    if (wasAborted(error, signal)) throw error;
    throw new TickpipeError(
      'BAD_CONFIGURATION',
      `--hub-token-file ${JSON.stringify(file)} cannot be read: ${describeInputFailure(error)}`,
      {
        hint: 'check its name and permissions',
      },
    );
  }
}
