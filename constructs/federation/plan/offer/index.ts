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
export { differences, type Terms, termsBetween } from './terms';
