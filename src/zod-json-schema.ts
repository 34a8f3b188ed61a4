/**
 * Stands in for `zod/v4/core` in the bundle (`alias` in wrangler.toml): the OpenAPI generator imports that dynamically for
 * this one function, and a dynamic import keeps the whole module in, with zod's messages in 50 languages.
 */
export { toJSONSchema } from 'zod';
