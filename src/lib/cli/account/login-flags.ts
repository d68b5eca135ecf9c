/** The flags of `login`. */
export interface LoginFlags {
  readonly 'app-id'?: string | undefined;
  readonly 'secret-file'?: string | undefined;
  readonly 'redirect-uri'?: string | undefined;
  readonly paste: boolean;
  readonly 'no-browser': boolean;
  /** How long an answer is waited for, milliseconds. */
  readonly timeout: number;
}
