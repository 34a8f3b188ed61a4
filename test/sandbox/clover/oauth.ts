/** OAuth v2: consent on the web origin, tokens on the API origin (clover.md section 1). */
import { Hono } from 'hono';
import type { Context } from 'hono';
import { html } from 'hono/html';
import { platformCall } from '../kernel.ts';
import { badRequest, methodNotAllowed, Refusal } from './errors.ts';
import { readFields, text } from './fields.ts';
import type { Fields } from './fields.ts';
import { install } from './install.ts';
import { merchantOf, newUuid, nowMs } from './platform.ts';
import type { Platform } from './platform.ts';
import { demandUserAgent, faultAnswers } from './serve.ts';
import { find, PRIMARY } from './store.ts';
import { issuePair, liveRefreshToken } from './tokens.ts';
import type { Merchant } from './types.ts';

/** Whether a redirect goes to the app's Site URL or below it. */
function underSite(siteUrl: string, redirect: string): boolean {
  if (!URL.canParse(redirect)) return false;
  const site = new URL(siteUrl);
  const target = new URL(redirect);
  const root = site.pathname.replace(/\/$/, '');
  const below = target.pathname === root || target.pathname.startsWith(`${root}/`);
  const plain = target.username === '' && target.password === '' && target.hash === '';
  return target.origin === site.origin && below && plain;
}

function picker(context: Context, merchants: readonly Merchant[]): Response | Promise<Response> {
  const links = merchants.map((merchant) => {
    const url = new URL(context.req.url);
    url.searchParams.set('merchant_id', merchant.id);
    const name = find(merchant.tables.merchants, merchant.id, PRIMARY)?.name;
    return html`<li><a href="${url.pathname + url.search}">${name}</a> ${merchant.id}</li>`;
  });
  return context.html(
    html`<!doctype html>
      <title>Clover sandbox</title>
      <h1>Choose a merchant</h1>
      <ul>
        ${links}
      </ul>`,
  );
}

function consent(platform: Platform, merchant: Merchant, context: Context): Response {
  const query = new URL(context.req.url).searchParams;
  const challenge = query.get('code_challenge') ?? undefined;
  if (challenge !== undefined && !/^[\w-]{43}$/.test(challenge)) {
    throw badRequest('Invalid code_challenge');
  }
  if (!merchant.installed) {
    if (!platform.switches.consentInstalls) throw badRequest('App is not installed');
    try {
      install(platform, merchant.id);
    } catch (error) {
      throw badRequest(error instanceof Error ? error.message : 'App cannot be installed');
    }
  }
  const code = newUuid(platform);
  platform.state.codes[code] = {
    merchantId: merchant.id,
    expiresAtMs: nowMs(platform) + platform.switches.codeTtlMs,
    challenge,
  };
  const target = new URL(query.get('redirect_uri') ?? '');
  target.searchParams.set('merchant_id', merchant.id);
  target.searchParams.set('client_id', platform.appId);
  target.searchParams.set('code', code);
  const state = query.get('state');
  if (state !== null) target.searchParams.set('state', state);
  return context.redirect(target.href, 302);
}

function authorize(platform: Platform, context: Context): Response | Promise<Response> {
  const query = new URL(context.req.url).searchParams;
  if (query.get('client_id') !== platform.appId) throw badRequest('Invalid client_id');
  if (!underSite(platform.siteUrl, query.get('redirect_uri') ?? '')) {
    throw badRequest('Invalid redirect_uri');
  }
  const merchantId = query.get('merchant_id');
  if (merchantId === null) return picker(context, Object.values(platform.state.merchants));
  const merchant = Object.hasOwn(platform.state.merchants, merchantId)
    ? platform.state.merchants[merchantId]
    : undefined;
  if (merchant === undefined) throw badRequest('Invalid merchant_id');
  return consent(platform, merchant, context);
}

interface TokenBody {
  client_id: string;
  client_secret: string;
  code: string;
  code_verifier: string;
}

const TOKEN_FIELDS: Fields<TokenBody> = {
  client_id: text(1000, 1),
  client_secret: text(1000, 1),
  code: text(1000, 1),
  code_verifier: text(128, 43),
};

interface RefreshBody {
  client_id: string;
  refresh_token: string;
}

const REFRESH_FIELDS: Fields<RefreshBody> = {
  client_id: text(1000, 1),
  refresh_token: text(1000, 1),
};

const refused = (platform: Platform, message: string) =>
  new Refusal(platform.switches.oauthRefusalStatus, { message });

async function readJson(context: Context): Promise<unknown> {
  try {
    return await context.req.json();
  } catch {
    throw badRequest('Invalid JSON format');
  }
}

/** PKCE, S256 only. */
async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** The merchant may use the app: it is there and installed. */
function installedMerchant(platform: Platform, merchantId: string): Merchant {
  const merchant = platform.state.merchants[merchantId];
  if (merchant?.installed !== true) throw refused(platform, 'App is not installed');
  return merchant;
}

async function exchange(platform: Platform, context: Context): Promise<Response> {
  demandUserAgent(context);
  const body = readFields(await readJson(context), TOKEN_FIELDS, ['client_id', 'code']);
  const challenge = await challengeOf(body.code_verifier ?? '');
  const code = body.code ?? '';
  const { codes } = platform.state;
  const row = Object.hasOwn(codes, code) ? codes[code] : undefined;
  const verified = row?.challenge === undefined || row.challenge === challenge;
  const trusted =
    body.client_secret === undefined
      ? row?.challenge !== undefined && verified
      : body.client_secret === platform.appSecret && verified;
  if (body.client_id !== platform.appId || !trusted) {
    throw refused(platform, 'Invalid client credentials');
  }
  if (row === undefined || row.expiresAtMs <= nowMs(platform)) {
    throw refused(platform, 'Invalid authorization code');
  }
  delete codes[code];
  const merchant = installedMerchant(platform, row.merchantId);
  return context.json(
    issuePair(platform, merchant, context.req.query('no_refresh_token') !== 'true'),
  );
}

/** A refresh token works once; the new pair is all there is from then on. */
async function refresh(platform: Platform, context: Context): Promise<Response> {
  demandUserAgent(context);
  const required = ['client_id', 'refresh_token'] as const;
  const body = readFields(await readJson(context), REFRESH_FIELDS, required);
  const token = body.refresh_token ?? '';
  const row = liveRefreshToken(platform, token);
  if (body.client_id !== platform.appId || row === null) {
    throw refused(platform, 'Invalid refresh token');
  }
  const merchant = merchantOf(platform, row.merchantId);
  delete platform.state.refreshTokens[token];
  if (platform.switches.refreshKillsAccessToken) {
    delete platform.state.accessTokens[row.accessToken];
  }
  return context.json(issuePair(platform, merchant, true));
}

/** The three OAuth endpoints on an app. */
export function serveOauth(platform: Platform): Hono {
  const oauth = new Hono();
  oauth.use(
    '/oauth/*',
    platformCall(platform.runtime, 'clover', () => '', faultAnswers),
  );
  oauth.get('/oauth/v2/authorize', (context) => authorize(platform, context));
  oauth.post('/oauth/v2/token', (context) => exchange(platform, context));
  oauth.post('/oauth/v2/refresh', (context) => refresh(platform, context));
  oauth.all('/oauth/v2/:endpoint{authorize|token|refresh}', () => {
    throw methodNotAllowed();
  });
  return oauth;
}
