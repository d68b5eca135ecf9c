/*
 * The variables of the environment that the program reads, beside those of the flags (`variableOf`). `tickpipe help environment`
 * and the man pages are made from these tables.
 */

/** Variables of tickpipe and of FYERS, with what they mean. */
export const OWN_VARIABLES = {
  FYERS_ACCESS_TOKEN:
    'the access token, as APPID:TOKEN, or the token alone beside FYERS_APP_ID; --token-file counts before it',
  FYERS_APP_ID: 'the app id, for login and for a token that comes without one',
  FYERS_SECRET_KEY: 'the secret of the app, for login; --secret-file counts before it',
  TICKPIPE_AUTH_URL: 'the https:// address of login, profile and logout; http:// only on this machine',
  TICKPIPE_CONFIG: 'the configuration file, instead of the one in the home directory; it has to exist',
  TICKPIPE_DATA_URL: 'the https:// address of symbol look-ups and history; http:// only on this machine',
  TICKPIPE_HUB_TOKEN: 'the bearer token of a hub, for serve and for --feed ws://; --hub-token-file counts before it',
  TICKPIPE_MASTER_URL: 'the https:// address of the folder of the symbol master; http:// only on this machine',
  TICKPIPE_RUN_DIR:
    'the directory for the sockets and locks of hubs, and for the count of calls, instead of ~/.tickpipe/run',
  TICKPIPE_SOCKET_URL: 'the wss:// address of the data socket; ws:// only on this machine',
} as const;

/** Variables that other programs read, too. */
export const COMMON_VARIABLES = {
  HTTPS_PROXY: 'the proxy for wss:// and https://, as http://[USER:PASSWORD@]HOST:PORT; small letters work, too',
  HTTP_PROXY: 'the proxy for hubs at ws://',
  ALL_PROXY: 'the proxy where neither of the two is set',
  NO_PROXY: 'hosts, domains and networks that are reached without a proxy, between commas',
  NODE_EXTRA_CA_CERTS: 'a PEM file of certificate authorities to trust, as of a proxy that inspects TLS',
  NODE_TLS_REJECT_UNAUTHORIZED: '0 for connections whose certificates are not checked; doctor warns of it',
  NODE_DISABLE_COMPILE_CACHE: '1 to keep no compiled code; each start then takes longer',
  BROWSER: 'for login: the browser, with %s for the address; several between colons, the first that starts counts',
  DISPLAY: 'for login: without it and WAYLAND_DISPLAY no browser is opened on Linux, unless BROWSER names one',
  WAYLAND_DISPLAY: 'the same, of Wayland',
  SSH_CONNECTION: 'for login: over SSH no browser is opened; it would be on the other machine',
  SSH_CLIENT: 'the same, of other versions of SSH',
  SSH_TTY: 'the same, of a terminal',
  NO_COLOR: 'no colours and no spinner',
  FORCE_COLOR: 'colours also off a terminal; 0 for none',
  TERM: 'dumb for no colours and no table that is redrawn',
  LC_ALL: 'the locale; without UTF-8 in it, tables and charts are drawn in ASCII',
  LC_CTYPE: 'the same, where LC_ALL is not set',
  LANG: 'the same, where neither is set',
  CI: 'no spinner',
  VISUAL: 'the editor of tickpipe config edit, with its arguments',
  EDITOR: 'the same, where VISUAL is not set',
  SHELL: 'the login shell, for the hint of tickpipe completion without a shell',
  HOME: 'the home directory, for ~ in the paths above',
  XDG_CACHE_HOME: 'the directory for the symbol master and for compiled code, instead of ~/.cache',
  XDG_CONFIG_HOME: 'the directory for tickpipe/config.json and stored logins, instead of ~/.config',
  XDG_STATE_HOME: 'the directory for the logs of hubs and recordings, instead of ~/.local/state',
} as const;
