/** What a feed takes from its process. */
export interface Surroundings {
  /** For proxies, and for the directory in which the processes of a user find each other. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder of package.json. */
  readonly root: string;
}
