"""Who carries parcels, and the page on which each shows where one is."""

from urllib.parse import quote

TRACKING_PAGES = {
    "Canada Post": "https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor={}",
    "DHL": "https://www.dhl.com/global-en/home/tracking.html?tracking-id={}",
    "FedEx": "https://www.fedex.com/fedextrack/?trknbr={}",
    "PostNord": "https://tracking.postnord.com/?id={}",
    "Royal Mail": "https://www.royalmail.com/track-your-item#/tracking-results/{}",
    "UPS": "https://www.ups.com/track?tracknum={}",
    "USPS": "https://tools.usps.com/go/TrackConfirmAction?tLabels={}",
}
LONGEST_LINK = 500


def tracking_link(carrier: str, number: str) -> str:
    """Where the parcel can be followed; empty where the carrier's page is not known here."""
    pages = {name.casefold(): page for name, page in TRACKING_PAGES.items()}
    page, digits = pages.get(carrier.strip().casefold()), "".join(number.split())
    link = page.format(quote(digits, safe="")) if page and digits else ""
    return link if len(link) <= LONGEST_LINK else ""
