"""What customers call the columns of their lists, in five languages.

Names are compared as `plain` makes them: lower case, letters and digits only, accents dropped.
Source: the examples in Act-On's documents ("E-mail Address", "FIRSTNAME", "Job Title") and the
usual column names of exports; what is missing here the admin can map by hand.
"""

import unicodedata
from collections.abc import Mapping

# Earlier names win where a list has several columns of one kind; of phones all are kept.
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "address": (
        "emailaddress", "email", "mail", "businessemail", "workemail", "emailadresse", "adresse",
        "mailadresse", "adresseemail", "adressemail", "courriel", "correo", "correoelectronico",
        "direcciondecorreo", "enderecodeemail", "emailprimary", "primaryemail", "email1",
    ),
    "first_name": (
        "firstname", "fname", "givenname", "forename", "vorname", "prenom", "nombre",
        "primeronombre", "primeiro", "primeironome",
    ),
    "middle_name": (
        "middlename", "middleinitial", "secondname", "zweitername", "zweitervorname",
        "deuxiemeprenom", "segundonombre", "nomedomeio",
    ),
    "last_name": (
        "lastname", "lname", "surname", "familyname", "nachname", "familienname", "zuname",
        "nomdefamille", "nom", "apellido", "apellidos", "sobrenome", "ultimonome",
    ),
    "full_name": (
        "fullname", "name", "contactname", "displayname", "vollername", "vollstandigername",
        "nomcomplet", "nombrecompleto", "nomecompleto", "nome",
    ),
    "company": (
        "company", "companyname", "accountname", "account", "organization", "organisation",
        "organizationname", "employer", "firma", "unternehmen", "firmenname", "societe",
        "entreprise", "empresa", "compania", "companhia",
    ),
    "position": (
        "jobtitle", "position", "jobposition", "title", "role", "jobrole", "berufsbezeichnung",
        "funktion", "stelle", "poste", "fonction", "intituleduposte", "cargo", "puesto", "funcao",
    ),
    "phones": (
        "businessphone", "workphone", "phone", "phonenumber", "telephone", "officephone",
        "telephonenumber", "mobilephone", "mobile", "cellphone", "cell", "mobilenumber",
        "homephone", "telefon", "telefonnummer", "mobiltelefon", "handy", "mobil",
        "telephoneportable", "telephonemobile", "telefono", "movil", "celular", "telefone",
        "telefonecelular",
    ),
    "street": (
        "businessstreet", "street", "streetaddress", "address", "address1", "addressline1",
        "businessaddress", "strasse", "straße", "strassehausnummer", "anschrift", "rue",
        "adressepostale", "calle", "direccion", "rua", "endereco", "logradouro",
    ),
    "city": (
        "businesscity", "city", "town", "stadt", "ort", "wohnort", "ville", "ciudad", "cidade",
        "localidad",
    ),
    "zip_code": (
        "businesszip", "zip", "zipcode", "postalcode", "postcode", "businesspostalcode", "plz",
        "postleitzahl", "codepostal", "codigopostal", "cep",
    ),
    "state": (
        "businessstate", "state", "province", "stateprovince", "region", "bundesland", "kanton",
        "provincia", "estado", "departement",
    ),
    "country": (
        "businesscountry", "country", "countryregion", "land", "pays", "pais",
    ),
    "website": (
        "businesswebsite", "website", "webseite", "homepage", "url", "web", "siteweb", "sitioweb",
        "siteinternet", "companywebsite", "personalwebsite",
    ),
    "record_id": ("contactid", "recordid"),
    "modified": ("modifieddate", "lastmodified", "lastmodifieddate", "updateddate"),
}  # fmt: skip


def plain(header: str) -> str:
    """The header as it is compared."""
    decomposed = unicodedata.normalize("NFKD", header.casefold())
    return "".join(one for one in decomposed if one.isalnum())
