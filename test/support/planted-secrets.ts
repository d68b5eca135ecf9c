import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Shorter pieces occur by chance. */
const MIN_PIECE = 8;

/**
 * Secrets that a test plants, each under a name, and the search for them in whatever came out. A secret is also found in the forms
 * in which programs print it: percent-encoded, as JSON, in Base64, and of a JWT each part.
 */
export class PlantedSecrets {
  readonly #forms = new Map<string, ReadonlySet<string>>();

  plant(name: string, secret: string): void {
    if (secret.length < 4) throw new Error(`${name} is too short to be looked for`);
    this.#forms.set(name, new Set([secret, ...formsOf(secret)]));
  }

  /** A JWT: its three parts, and those of its claims that are secrets. */
  plantToken(name: string, jwt: string): void {
    this.#forms.set(name, new Set(jwt.split('.').slice(1)));
    const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
    for (const claim of ['hsm_key', 'fy_id', 'display_name']) {
      if (claims[claim] !== undefined) this.plant(`${claim} of ${name}`, String(claims[claim]));
    }
  }

  get names(): string[] {
    return [...this.#forms.keys()];
  }

  /** The names of the secrets that a text holds, in any form. */
  findIn(text: string): string[] {
    return this.names.filter((name) => [...(this.#forms.get(name) ?? [])].some((form) => text.includes(form)));
  }

  /** `file: secret` for each secret in a file below the folder, and in its names. @param except files that may hold them */
  findInFiles(folder: string, except: readonly string[] = []): string[] {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries.flatMap((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      const content = entry.isFile() && !except.includes(file) ? readFileSync(file, 'latin1') : '';
      const utf8 = Buffer.from(content, 'latin1').toString();
      return this.findIn(`${file}\n${content}\n${utf8}`).map((name) => `${file}: ${name}`);
    });
  }
}

function* formsOf(secret: string): Iterable<string> {
  yield encodeURIComponent(secret);
  yield new URLSearchParams({ s: secret }).toString().slice(2);
  yield JSON.stringify(secret).slice(1, -1);
  const bytes = Buffer.from(secret);
  yield bytes.toString('hex');
  for (const encoding of ['base64', 'base64url'] as const) yield* shiftedForms(bytes, encoding);
}

/** What is the same in the Base64 of a longer text, wherever the secret begins in it. */
function* shiftedForms(bytes: Buffer, encoding: 'base64' | 'base64url'): Iterable<string> {
  for (let before = 0; before < 3; before++) {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString(encoding)
      .replace(/=+$/, '');
    const piece = text.slice(before === 0 ? 0 : before + 1, (before + bytes.length) % 3 === 0 ? undefined : -1);
    if (piece.length >= MIN_PIECE) yield piece;
  }
}
