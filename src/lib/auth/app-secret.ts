import { createHash } from 'node:crypto';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import { describeInputFailure, readText, wasAborted } from '../host/read-input.ts';
import { checkPrivateFile } from './private-file.ts';
import { Unprintable } from './unprintable.ts';

const MAX_FILE_BYTES = 65_536;
const SECRET = /^[\x21-\x7e]{1,256}$/;

/** The secret of an app. It does not print, is never stored, and leaves the process only as a hash. */
export class AppSecret extends Unprintable {
  readonly #text: string;

  /** Blanks around it are forgiven. Throws `APP_SECRET_UNUSABLE`, which quotes nothing. @param place where the text is from */
  constructor(text: string, place: string) {
    super('[app secret]');
    this.#text = text.trim();
    if (SECRET.test(this.#text)) return;
    const fault =
      this.#text === '' ? 'is empty' : 'has a blank or another character that no secret has, or is too long';
    throw new TickpipeError('APP_SECRET_UNUSABLE', `the app secret ${place} ${fault}`);
  }

  /** What `validate-authcode` wants: the lowercase hexadecimal SHA-256 of `APPID:SECRET`. */
  hashWith(appId: string): string {
    return createHash('sha256').update(`${appId}:${this.#text}`).digest('hex');
  }
}

/**
 * Reads the file of `--secret-file`; waits for the writer of a pipe. Throws `APP_SECRET_UNUSABLE`, `SECRET_FILE_UNSAFE` for a file that
 * others can read, or as `readInput` when the signal is aborted.
 */
export async function readSecretFile(file: string, signal: AbortSignal): Promise<AppSecret> {
  const name = `the secret file ${JSON.stringify(file)}`;
  const { text, stats } = await readText(file, { maxBytes: MAX_FILE_BYTES, signal }).catch((error: unknown) => {
    if (wasAborted(error, signal)) throw error;
    throw new TickpipeError('APP_SECRET_UNUSABLE', `${name} cannot be read: ${describeInputFailure(error)}`);
  });
  checkPrivateFile(file, stats, name);
  return new AppSecret(text, `in ${JSON.stringify(file)}`);
}
