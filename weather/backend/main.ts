import { run } from '../shared/main.ts';
import { OPENWEATHER, type Place } from './openweather.ts';
import { backend } from './routes.ts';
import { openWeatherSource, sampleSource } from './source.ts';

void run('backend', (env) => {
  const place: Place = {
    name: env.text('PLACE', 'Helsinki'),
    latitude: env.number('LATITUDE', 60.1699, -90, 90),
    longitude: env.number('LONGITUDE', 24.9384, -180, 180),
  };
  const key = env.optional('OPENWEATHER_API_KEY');
  const url = env.url('OPENWEATHER_URL', OPENWEATHER);
  return backend({
    source: key === undefined ? sampleSource(place) : openWeatherSource({ url, key, place }),
    infoUrl: env.url('INFO_URL', 'http://info'),
    origin: env.origin('backend'),
  });
});
