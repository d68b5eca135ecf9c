import { createHash, randomInt } from 'node:crypto';
import { isLoopback } from '../../network/loopback.ts';

export const APP_ID = 'TICKPIPESIM-100';
const SECRET_CHARACTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const SECRET_LENGTH = 10;
/** For `login --paste`: no browser reaches it, so its error page shows the address to copy. */
export const PASTE_REDIRECT_URI = 'https://tickpipe.example/callback';

/** The app that is registered at the simulated broker. Its secret is new at each start. */
export class SimulatedApp {
  readonly appId = APP_ID;
  readonly secretKey = Array.from({ length: SECRET_LENGTH }, () =>
    SECRET_CHARACTERS.charAt(randomInt(SECRET_CHARACTERS.length)),
  ).join('');

  /** What `validate-authcode` wants: the lowercase hex SHA-256 of `APPID:SECRET`. */
  get idHash(): string {
    return createHash('sha256').update(`${this.appId}:${this.secretKey}`).digest('hex');
  }

  /**
   * The address as it is to be redirected to; `undefined` for one that is not registered. Registered are every http address on
   * loopback, so that each test can have a port of its own, and `PASTE_REDIRECT_URI`.
   */
  findRedirectUri(text: string): string | undefined {
    if (text === PASTE_REDIRECT_URI) return text;
    if (!URL.canParse(text) || text.includes('#')) return undefined;
    const { protocol, hostname, username, password, href } = new URL(text);
    const isPlain = protocol === 'http:' && username === '' && password === '';
    return isPlain && isLoopback(hostname) ? href : undefined;
  }
}
