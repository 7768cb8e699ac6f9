export type { OfferedConnection, OfferedPeering, OfferedPrivateLink } from './connection';
export {
  lastsUntil,
  type Offer,
  type OfferedRoot,
  offerFingerprint,
  offerOf,
  offerProblems,
  type OfferProps,
  offerText,
  type ParsedOffer,
  parseOffer,
  readOffer,
  type RootsEndpoint,
  rootsOf,
} from './offer';
export { type Terms, termsBetween } from './terms';
