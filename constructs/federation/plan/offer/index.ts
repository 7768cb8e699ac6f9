export { offerProblems } from './agreement';
export type { OfferedConnection, OfferedPeering, OfferedPrivateLink } from './connection';
export {
  lastsUntil,
  type Offer,
  type OfferedRoot,
  offerFingerprint,
  offerOf,
  type OfferProps,
  offerText,
  type RootsEndpoint,
  rootsOf,
} from './offer';
export { type ParsedOffer, parseOffer, readOffer } from './read';
export { type Terms, termsBetween } from './terms';
