/** Exit statuses of the program, as the contract names them. 124 as `timeout(1)`, 78 as sysexits' EX_CONFIG. */
export const EXIT = {
  done: 0,
  bug: 1,
  usage: 2,
  partly: 3,
  token: 4,
  unreachable: 5,
  limit: 6,
  output: 7,
  input: 8,
  configuration: 78,
  timeout: 124,
} as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** What each exit status means. The signals have no code of their own. */
export const STATUSES: Readonly<Record<ExitStatus | 129 | 130 | 143, string>> = {
  0: 'done, or the reader closed the pipe',
  1: 'a bug of tickpipe',
  2: 'usage: a flag or an argument is wrong',
  3: 'partly: symbols are unknown or gave no row before the end, or no session runs',
  4: 'no token, or one that expired or was refused',
  5: 'the feed or the shared session cannot be reached, or another program keeps taking the connection',
  6: 'a limit: subscriptions, rate, or a second live connection',
  7: 'the output cannot be written',
  8: 'an input file is corrupt or missing',
  78: 'bad configuration',
  124: 'nothing came in time',
  129: 'ended by SIGHUP',
  130: 'ended by SIGINT, as by Ctrl-C',
  143: 'ended by SIGTERM',
};

export interface CatalogueEntry {
  readonly exit: ExitStatus;
  /** One line for `tickpipe help errors` and docs/errors.md: when it happens. */
  readonly when: string;
  /** What to do about it. Never a command that does not exist. */
  readonly hint: string;
  /** The HTTP status of an answer with this error. */
  readonly http: number;
}

/** Where an entry names no HTTP status of its own. */
const HTTP_BY_EXIT: Readonly<Record<ExitStatus, number>> = {
  [EXIT.done]: 200,
  [EXIT.bug]: 500,
  [EXIT.usage]: 400,
  [EXIT.partly]: 404,
  [EXIT.token]: 503,
  [EXIT.unreachable]: 503,
  [EXIT.limit]: 429,
  [EXIT.output]: 500,
  [EXIT.input]: 400,
  [EXIT.configuration]: 500,
  [EXIT.timeout]: 504,
};

const entry = (exit: ExitStatus, when: string, hint: string, http: number = HTTP_BY_EXIT[exit]): CatalogueEntry => ({
  exit,
  when,
  hint,
  http,
});

/** The end of a hint where --verbose prints more. It is left out when --verbose is given. */
export const SEE_VERBOSE = '; see --verbose';

/** Every error code of the program. Codes are stable: they are part of the interface. */
export const CATALOGUE = {
  BUG: entry(EXIT.bug, 'a bug: this must not happen', 'please report it, with the command and this message'),
  USAGE: entry(EXIT.usage, 'a flag or an argument is wrong', 'see --help of the command'),
  MALFORMED_SYMBOL: entry(EXIT.usage, 'a symbol is not of the form EXCHANGE:NAME', 'write it like NSE:SBIN-EQ'),
  UNKNOWN_WATCHLIST: entry(
    EXIT.partly,
    'there is no watchlist of that name',
    'tickpipe watchlist list prints the names; tickpipe watchlist add makes one',
  ),
  WATCHLIST_CIRCLE: entry(
    EXIT.usage,
    'watchlists name each other in a circle',
    'remove one of the names from its list',
  ),
  NO_SYMBOLS: entry(EXIT.usage, 'no symbol was given', 'name one, as in NSE:SBIN-EQ, or use --file'),
  INDEX_HAS_NO_DEPTH: entry(
    EXIT.usage,
    'an index was asked for its market depth, which does not exist',
    'use tickpipe stream index, or tickpipe stream depth of its future',
  ),
  NOT_AN_INDEX: entry(
    EXIT.usage,
    'stream index was given a symbol that is not an index',
    'use tickpipe stream symbols for what is not an index',
  ),
  UNKNOWN_FIELD: entry(EXIT.usage, '--fields or --changed names a column that does not exist', 'see --fields help'),
  UNKNOWN_SYMBOL: entry(EXIT.partly, 'the feed does not know a symbol', 'check the spelling at the exchange'),
  NO_MATCH: entry(
    EXIT.partly,
    'nothing in the symbol master matches',
    'try fewer words or filters; tickpipe symbols refresh asks for new contracts',
  ),
  NEVER_TICKED: entry(
    EXIT.partly,
    'a symbol gave no row before the end',
    'it may not trade now, or its name may be wrong',
  ),
  NO_TOKEN: entry(
    EXIT.token,
    'the live feed was asked for without an access token',
    'run tickpipe login, set FYERS_ACCESS_TOKEN to APPID:TOKEN, or use --token-file; --feed sim needs no token',
  ),
  TOKEN_MALFORMED: entry(EXIT.token, 'the access token cannot be read', 'paste it whole, as APPID:TOKEN'),
  TOKEN_WRONG_KIND: entry(
    EXIT.token,
    'a token of another kind was given, such as an auth code',
    'run tickpipe login, which exchanges the auth code for an access token',
  ),
  TOKEN_WITHOUT_KEY: entry(
    EXIT.token,
    'the access token lacks a claim that the data socket needs',
    'run tickpipe login again; the app may lack the permission Market Data',
  ),
  TOKEN_EXPIRED: entry(
    EXIT.token,
    'the access token has expired; FYERS ends them daily at 06:00 IST',
    'run tickpipe login',
  ),
  TOKEN_REFUSED: entry(
    EXIT.token,
    'FYERS refused the access token',
    'run tickpipe login; this token may have been revoked',
  ),
  LOGGED_OUT: entry(
    EXIT.token,
    'the user logged out while a command or a hub used the login',
    'run tickpipe login; a hub and recordings go on by themselves then',
  ),
  APP_WITHOUT_PERMISSION: entry(
    EXIT.token,
    'the app of the access token lacks the permission Market Data (-373)',
    'give the app the permission Market Data on the FYERS API dashboard, then run tickpipe login',
  ),
  APP_ID_REFUSED: entry(
    EXIT.token,
    'FYERS does not know the app id of a login or of the access token (-352)',
    'check the app id on the FYERS API dashboard: --app-id, FYERS_APP_ID, or what stands before the colon of APPID:TOKEN',
  ),
  SECRET_FILE_UNSAFE: entry(
    EXIT.token,
    'others can read the stored login or the secret file, or it belongs to another user',
    'chmod 600 the file',
  ),
  APP_SECRET_UNUSABLE: entry(
    EXIT.token,
    'the app secret cannot be read',
    'put the secret of the app, and nothing else, into the file of --secret-file or into FYERS_SECRET_KEY',
  ),
  APP_SECRET_REFUSED: entry(
    EXIT.token,
    'FYERS does not accept the app secret together with the app id (-371)',
    'check both on the FYERS API dashboard; the secret changes when it is made anew there',
  ),
  AUTH_CODE_REFUSED: entry(
    EXIT.token,
    'FYERS does not accept the auth code (-374): it is missing, used already, or too old',
    'run tickpipe login again: an auth code holds for some minutes, once',
  ),
  GRANT_TYPE_REFUSED: entry(
    EXIT.token,
    'FYERS does not accept the way in which the login asks for a token (-441)',
    'use a newer version of tickpipe; if the error stays, please report it',
  ),
  LOGIN_DENIED: entry(
    EXIT.token,
    'the page of FYERS ended the login without a grant',
    'run tickpipe login again, and allow the app there',
  ),
  LOGIN_TIMED_OUT: entry(
    EXIT.token,
    'the login was not answered within --timeout',
    'run tickpipe login again, or raise --timeout; use --paste when the browser is on another machine',
  ),
  LOGIN_STATE_WRONG: entry(
    EXIT.token,
    'the pasted address is the answer to another login',
    'run tickpipe login again, and use the address that it prints',
  ),
  LOGIN_ANSWER_UNUSABLE: entry(
    EXIT.token,
    'what was pasted has no auth code',
    'paste the whole address on which the browser ended, or the auth code alone',
  ),
  LOGIN_BLOCKED: entry(
    EXIT.token,
    'FYERS, or the server in front of it, refused the call of a login (403)',
    'it may refuse this address or this app: try from another network, or ask FYERS support',
  ),
  LOGIN_NOT_JSON: entry(
    EXIT.token,
    'the answer to a login is a page, not data',
    'check for a login page of this network, and TICKPIPE_AUTH_URL; FYERS may be down: try again in a minute',
  ),
  LOGIN_REDIRECTED: entry(
    EXIT.token,
    'the address of the login redirects to another one, which is not followed',
    'check for a login page of this network, and TICKPIPE_AUTH_URL',
  ),
  LOGIN_NO_ANSWER: entry(EXIT.token, 'the login endpoint cannot be reached', 'check the network, then try again'),
  LOGIN_MALFORMED: entry(
    EXIT.token,
    'the answer to a login has no access token',
    'try again in a minute; if the error stays, check TICKPIPE_AUTH_URL, or ask FYERS support',
  ),
  LOGIN_REFUSED: entry(
    EXIT.token,
    'FYERS refused a login for a reason that has no code of its own here',
    'try again in a minute; if the error stays, ask FYERS support with the code',
  ),
  LOGIN_PORT_IN_USE: entry(
    EXIT.usage,
    'another program listens at the address of the redirect URI',
    'end the other program, use --paste, or register another redirect URI on the app and name it with --redirect-uri',
  ),
  TOKEN_CHANGED_KIND: entry(
    EXIT.token,
    'a token is of another user or kind than before: a live one in the place of a simulated one, or the reverse',
    'start the command anew',
  ),
  FEED_UNREACHABLE: entry(EXIT.unreachable, 'the feed cannot be reached', 'check the network, or raise --max-retries'),
  SYMBOL_LOOKUP_FAILED: entry(
    EXIT.unreachable,
    'the symbol lookup gave no usable answer',
    'try again in a minute; FYERS may be down',
  ),
  HISTORY_FAILED: entry(
    EXIT.unreachable,
    "the broker's history gave no usable answer",
    'try again in a minute; FYERS may be down',
  ),
  REQUEST_REFUSED: entry(
    EXIT.unreachable,
    'FYERS refused a symbol lookup or a request for history as malformed (-50, -99)',
    'try with fewer symbols or a shorter range; if the error stays, report it with the code',
  ),
  EDGE_REFUSED: entry(
    EXIT.unreachable,
    'the server in front of FYERS (its edge) refused a call with an HTML page',
    'it may refuse this address: try from another network, or ask FYERS support',
  ),
  SOCKET_REFUSED: entry(
    EXIT.unreachable,
    'the data socket answered the connection with an HTTP status',
    'try again in some minutes; if the error stays, check TICKPIPE_SOCKET_URL, or ask FYERS support with the status',
  ),
  SYMBOL_MASTER_UNAVAILABLE: entry(
    EXIT.unreachable,
    'the symbol master cannot be fetched, and none is in the cache',
    'check the network; streams and quotes work without it',
  ),
  SYMBOL_MASTER_REFUSED: entry(
    EXIT.unreachable,
    'what the server gave as the symbol master is none, or is cut',
    'try again in some minutes; if the error stays, check TICKPIPE_MASTER_URL and whether a proxy changes the answer',
  ),
  SYMBOL_MASTER_NOT_KEPT: entry(
    EXIT.output,
    'the symbol master cannot be written to the cache',
    'check the free space and the permissions of the cache, or set XDG_CACHE_HOME to another folder',
  ),
  CERTIFICATE_NOT_TRUSTED: entry(
    EXIT.unreachable,
    'no authority that this machine trusts has signed the certificate of a server',
    'behind a proxy that inspects TLS, set NODE_EXTRA_CA_CERTS to the PEM file of its certificate authority',
  ),
  CERTIFICATE_NOT_YET_VALID: entry(
    EXIT.unreachable,
    'the certificate of a server is not valid yet',
    "check this machine's clock and date",
  ),
  CERTIFICATE_EXPIRED: entry(
    EXIT.unreachable,
    'the certificate of a server has expired',
    "check this machine's clock and date; if they are right, the server has to renew it",
  ),
  CERTIFICATE_WRONG_NAME: entry(
    EXIT.unreachable,
    'the certificate of a server is for another name',
    'another server answers in its place: check for a login page of this network, the proxy and the endpoints',
  ),
  PROXY_REFUSED: entry(
    EXIT.unreachable,
    'the proxy of this machine did not open a connection',
    'ask the administrator of the proxy to allow it, or exempt the host in NO_PROXY',
  ),
  PROXY_UNREACHABLE: entry(
    EXIT.unreachable,
    'the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names cannot be reached',
    'check the proxy that the variable names',
  ),
  CONNECTION_CONTESTED: entry(
    EXIT.unreachable,
    'another program of the account keeps taking the connection',
    'stop the other program: FYERS allows one data connection per user',
  ),
  TOO_MANY_FILES: entry(
    EXIT.limit,
    'the process has reached its limit of open files',
    'raise the limit, as with ulimit -n 1024',
    503,
  ),
  TOO_MANY_SYMBOLS: entry(EXIT.limit, 'more topics than a connection carries (5,000)', 'ask for fewer symbols'),
  RATE_LIMITED: entry(
    EXIT.limit,
    'FYERS refused a request because there were too many (429)',
    'wait a minute before the next try',
  ),
  SECOND_CONNECTION: entry(
    EXIT.limit,
    'another tickpipe of this account on this machine holds the live socket',
    'end it first: FYERS allows one data connection per user',
  ),
  SUBSCRIPTION_REFUSED: entry(
    EXIT.limit,
    'the feed refused a subscription',
    'ask for fewer symbols, or try again later',
  ),
  HUB_UNAVAILABLE: entry(
    EXIT.unreachable,
    'the shared session cannot be started or reached',
    'see tickpipe status; stream, quote and record need no hub with --direct',
  ),
  HUB_TOKEN_REFUSED: entry(
    EXIT.token,
    'a hub refused the bearer token, or needs one',
    'give it with --hub-token-file or in TICKPIPE_HUB_TOKEN',
    401,
  ),
  LISTEN_FAILED: entry(
    EXIT.usage,
    'the hub cannot listen at an address',
    'choose another --port, or 0 for any free one',
  ),
  NO_SESSION: entry(EXIT.partly, 'there is no running session to act on', 'see tickpipe status'),
  SEVERAL_SESSIONS: entry(
    EXIT.usage,
    'several sessions run, and the command does not say which',
    'name one with --session, or use --all',
  ),
  SESSION_WITHOUT_KIND: entry(
    EXIT.usage,
    'a session cannot print rows of the type that was to be added',
    'start another command for them',
  ),
  BAD_REQUEST: entry(EXIT.usage, 'a request to the hub is malformed', 'see /openapi.json of the hub'),
  NOT_FOUND: entry(EXIT.partly, 'the hub has no such path, or no value of that symbol', 'see /openapi.json of the hub'),
  METHOD_NOT_ALLOWED: entry(
    EXIT.usage,
    'the path of a request needs another HTTP method',
    'see /openapi.json of the hub',
    405,
  ),
  FORBIDDEN: entry(
    EXIT.token,
    'a request to the hub names a host, or comes from a web page, that is not allowed',
    'use a loopback address, or allow the page with --allow-origin',
    403,
  ),
  REQUEST_TOO_LARGE: entry(EXIT.limit, 'a request to the hub is too large', 'ask for fewer symbols at once', 413),
  TOO_MANY_INTERVALS: entry(EXIT.limit, 'the hub makes bars of as many intervals as it can', 'use one of those'),
  TOO_MANY_CLIENTS: entry(EXIT.limit, 'the hub has reached its limit of clients', 'close some first', 503),
  OUTPUT_EXISTS: entry(
    EXIT.usage,
    'the output file exists already',
    'use --force to replace it, or --append to add to it',
  ),
  OUTPUT_FAILED: entry(EXIT.output, 'the output cannot be written', 'check the disk and the permissions'),
  OUTPUT_TOO_SLOW: entry(
    EXIT.output,
    'the reader was too slow, and --on-slow is exit',
    'read faster, or use --on-slow conflate',
  ),
  INPUT_MISSING: entry(EXIT.input, 'an input file is missing or cannot be read', 'check its name and permissions'),
  ROWS_UNREADABLE: entry(
    EXIT.input,
    'lines of standard input are no rows: the rows were used, the lines were reported',
    'a filter reads NDJSON, as stream and replay print it in a pipe: leave out --fields, --raw and other formats there',
  ),
  RECORDING_CORRUPT: entry(
    EXIT.input,
    'a recording is damaged: the whole rows were used, the lost parts were reported',
    'record again, or work on with what is whole',
  ),
  RECORDING_EMPTY: entry(EXIT.input, 'a file or folder has no recorded row', 'check the path'),
  RECORDING_UNSUPPORTED: entry(
    EXIT.input,
    'the recording has the format of another version of tickpipe',
    'use that version of tickpipe',
  ),
  NOT_SET: entry(EXIT.partly, 'a setting has no value', 'see tickpipe config list'),
  BAD_CONFIGURATION: entry(EXIT.configuration, 'a setting cannot be used', 'correct the setting that is named'),
  CLOCK_WRONG: entry(
    EXIT.configuration,
    "this machine's clock is wrong by more than a minute",
    'set the clock, and keep it right: sudo timedatectl set-ntp true',
  ),
  NODE_UNSUPPORTED: entry(
    EXIT.configuration,
    'this version of Node is not supported',
    'install a newer version of Node',
  ),
  INSECURE_ENDPOINT: entry(
    EXIT.configuration,
    'an endpoint without TLS is not on this machine',
    'use wss:// or https://; plain ws:// and http:// only on loopback',
  ),
  TIMEOUT: entry(EXIT.timeout, 'no row came within --timeout', `the market may be closed${SEE_VERBOSE}`),
  IDLE_TIMEOUT: entry(EXIT.timeout, 'no row came within --idle-timeout', `the market may be closed${SEE_VERBOSE}`),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof CATALOGUE;
