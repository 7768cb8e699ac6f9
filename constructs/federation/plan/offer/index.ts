export {
  lastsUntil,
  type Offer,
  type OfferedRoot,
  offerOf,
  offerProblems,
  type OfferProps,
  offerText,
  readOffer,
  type RootsEndpoint,
  rootsOf,
} from './offer';
export { type Terms, termsBetween } from './terms';
