import { inspect } from 'node:util';

/** A secret that does not print: logged, joined to a string or made JSON it says only what it is. */
export abstract class Unprintable {
  readonly #name: string;

  /** @param name what it prints as, `[access token]` */
  constructor(name: string) {
    this.#name = name;
  }

  toString(): string {
    return this.#name;
  }
  toJSON(): string {
    return this.#name;
  }
  [inspect.custom](): string {
    return this.#name;
  }
}
